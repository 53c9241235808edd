"""Names of headers and cookies that server and client share."""

COOKIE = "groundwork_as"
"""On trial: on whose behalf the pages read."""

SESSION_COOKIE = "__Host-groundwork"
"""The secret of a signed-in browser. The prefix has browsers keep it to this host, and to protected connections."""

BROWSER_COOKIE = "__Host-groundwork-browser"
"""Tells that somebody signed in from here before; opens nothing."""

PROVIDER_COOKIE = "__Host-groundwork-provider"
"""Tells, for some minutes, which browser began to sign in with the organisation's provider."""

FORM_FIELD = "form_token"
FORM_HEADER = "X-Groundwork-Form-Token"
"""Where the forms and the scripts of a signed-in browser carry what its cookie alone does not prove."""

HEADER = "X-Groundwork-As"
"""The user on whose behalf to read, percent-encoded."""

TOKEN_HEADER = "X-Groundwork-Token"  # noqa: S105 - the header's name, not a token
"""Proves that the caller can read the data folder."""
