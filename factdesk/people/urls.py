"""The account pages. Allauth's views one by one: what it has besides (signing up, other addresses) is not here."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.usersessions.views import list_usersessions
from django.urls import path, re_path

from factdesk.people import views
from factdesk.people.draftviews import draft
from factdesk.people.views import by_themselves

urlpatterns = [
    path("", views.home, name="account_home"),
    path("drafts/", draft, name="account_drafts"),
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("signup/", account.signup, name="account_signup"),  # says that it is closed
    path("invitation/", views.invitation, name="account_invitation"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/new/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("sessions/", list_usersessions, name="usersessions_list"),
    path("second-factor/", mfa.index, name="mfa_index"),
    path("second-factor/code/", mfa.authenticate, name="mfa_authenticate"),
    path("second-factor/again/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("second-factor/on/", by_themselves(totp.activate_totp), name="mfa_activate_totp"),
    path("second-factor/on/qr.svg", views.qr, name="account_qr"),
    path("second-factor/off/", by_themselves(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("recovery-codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("recovery-codes/new/", by_themselves(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("recovery-codes/file/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
]
