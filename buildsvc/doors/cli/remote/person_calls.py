"""Persons as their clients see them: one method a route."""

from __future__ import annotations

from buildsvc.doors.cli.remote.asking import Asking, part
from buildsvc.model.people_views import DeviceSignIn, DeviceToken, FirstPassword, PersonView, SecondFactor, SessionView


class PersonCalls(Asking):
    """What a client can ask about persons, and about whoever asks."""

    def persons(self) -> list[PersonView]:
        return self.get(list[PersonView], "persons")

    def add_person(self, name: str, roles: dict[str, str], *, auditor: bool) -> FirstPassword:
        """Add a person with roles by application, `*` for every one."""
        asked = {"name": name, "roles": roles, "auditor": auditor}
        return self.decode(FirstPassword, self.call("POST", "persons", json=asked))

    def remove_person(self, name: str) -> None:
        self.call("DELETE", f"persons/{part(name)}").close()

    def give_role(self, name: str, role: str, application: str | None) -> PersonView:
        """Give a role, in one application or in all; `none` takes it back."""
        asked = {"role": role, "application": application}
        return self.decode(PersonView, self.call("POST", f"persons/{part(name)}/role", json=asked))

    def reset_password(self, name: str) -> FirstPassword:
        return self.decode(FirstPassword, self.call("POST", f"persons/{part(name)}/password"))

    def unlock_person(self, name: str) -> PersonView:
        return self.decode(PersonView, self.call("POST", f"persons/{part(name)}/unlock"))

    def forget_codes(self, name: str) -> None:
        self.call("DELETE", f"persons/{part(name)}/second-factor").close()

    def issue(self, name: str, password: str, code: str, token: str, days: int) -> str:
        """Sign in by name and password, and get a token of one's own."""
        asked = {"name": name, "password": password, "code": code, "issue": token, "days": days}
        return self.decode(SessionView, self.call("POST", "session", json=asked)).token

    def begin_device(self) -> DeviceSignIn:
        """Begin a sign-in that somebody agrees to in a browser, at the site's identity provider."""
        return self.decode(DeviceSignIn, self.call("POST", "session/oidc/device"))

    def device_token(self, code: str, token: str, days: int) -> DeviceToken:
        """Get a token of one's own once that was agreed to."""
        asked = {"code": code, "issue": token, "days": days}
        return self.decode(DeviceToken, self.call("POST", "session/oidc/device/token", json=asked))

    def change_password(self, old: str, new: str) -> None:
        self.call("POST", "session/password", json={"old": old, "new": new}).close()

    def begin_codes(self) -> SecondFactor:
        return self.decode(SecondFactor, self.call("POST", "session/second-factor"))

    def confirm_codes(self, code: str) -> None:
        self.call("POST", "session/second-factor/confirm", json={"code": code}).close()
