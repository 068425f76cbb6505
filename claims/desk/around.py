"""Where the pages around the copy are: changes, accusations and replies, what else uses it, the sheet, what ran.

Those of a piece go by the number of its document, as the annotated copy and its versions do.
"""

from django.contrib import admin
from django.urls import path

from claims.desk import audit, changes, law, ran, sheet, uses

_seen = admin.site.admin_view

urlpatterns = [
    path("changes/<int:document_id>/", _seen(changes.changes_view), name="changes"),
    path("changes/<int:document_id>/text/", _seen(changes.changes_text), name="changes_text"),
    path("law/", _seen(law.all_view), name="law"),
    path("law/<int:document_id>/", _seen(law.piece_view), name="law_piece"),
    path("sheet/<int:document_id>/", _seen(sheet.sheet_view), name="sheet"),
    path("ran/", _seen(ran.ran_view), name="ran"),
    path("claims/<int:claim_id>/audit/", _seen(audit.audit_view), name="audit"),
    path("claims/<int:claim_id>/audit.css", _seen(audit.margins_view), name="audit_margins"),
    *(
        path(f"uses/{sort}/<int:{sort}_id>/", _seen(uses.uses_view), {"sort": sort}, name=f"uses_{sort}")
        for sort in uses.SUBJECTS
    ),
]
