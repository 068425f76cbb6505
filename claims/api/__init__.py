"""Claims in the API: one module a resource, each with its queryset, serializer, filterset and view."""
