"""The yardstick: what somebody would write in an afternoon with Django REST framework over the same tables.

The bargain: a ModelViewSet with a ModelSerializer, DRF's own pages and filters, Django's own connections; it asks for
no token and shows whatever is there, which is in its favour. Measured, and no part of the product.
"""
