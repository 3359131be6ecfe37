"""The environment variables of this program: secrets, addresses, and overrides of the configuration files."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+")]
"""An http or https URL."""

Level = Annotated[Literal["", "debug", "info", "warning", "error", "critical"], BeforeValidator(str.lower)]
"""A log level, in any case."""

OLD_NAMES = {"WATCHER_ENGINE": 'WATCHER_QUEUE: "none" for "embedded", "postgresql" for "procrastinate"'}
"""Variables of versions before 0.1.0, with what each is called now."""


def _secret(description: str, **constraints: Any) -> Any:
    """A field for an environment variable whose value is never shown, not even in a repr."""
    return Field(default="", repr=False, description=description, **constraints)


class Environment(BaseModel):
    """Pydantic schema of all environment variables of this program: a field for each, so that this class is their
    complete list. The fields' descriptions are Markdown for docs/reference.md; values are never printed.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    WATCHER_CONFIG: str = Field(
        default="", description="Folder of the configuration. Unset: `./config` if it is there, else the installed one."
    )
    WATCHER_DATA: str = Field(
        default="", description="Folder of the database, the lock and the default catalog. Unset: `./var`."
    )
    WATCHER_CATALOG: str = Field(
        default="",
        description="The Markdown file to extend; committed if it is in a git repository. "
        "Unset: `catalog.md` in the data folder, made from a template.",
    )
    DATABASE_URL: str = Field(
        default="",
        description="`postgresql://…` or `sqlite:///FILE`; a secret if it holds a password. "
        "Unset: `watcher.db` in the data folder.",
    )
    WATCHER_QUEUE: Literal["", "none", "postgresql"] = Field(
        default="",
        description="`none`: one process does everything. `postgresql`: several processes share the work by a job queue "
        "in PostgreSQL. Overrides `[workers] queue`.",
    )
    WATCHER_CATALOG_PUSH: Literal["", "never", "direct", "pull-request"] = Field(
        default="", description="Whether and how the catalog's commits are pushed. Overrides `[catalog] push`."
    )
    WATCHER_STATE_BRANCH: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$",
        description="Git branch of the catalog's repository on which scheduled runs share their database. "
        "Overrides `[state] branch`.",
    )
    WATCHER_LOG: Level = Field(
        default="",
        description="`debug`, `info`, `warning`, `error` or `critical`. "
        "Unset: `info` for processes that keep running, `critical` for commands that end.",
    )
    WATCHER_DEBUG: str = Field(default="", description="If set, an unexpected error shows its traceback.")

    WATCHER_MODEL: str = Field(
        default="", description="Model for scoring and summarizing. Overrides `model` in `[score]` and `[summarize]`."
    )
    OPENAI_API_KEY: str = _secret("Key of the model server.")
    OPENAI_BASE_URL: Url = Field(
        default="https://api.openai.com/v1", description="The model server, any that speaks OpenAI's protocol."
    )

    SLACK_BOT_TOKEN: str = _secret("Bot token, `xoxb-…`. With a channel it makes Slack the desk for cards.")
    SLACK_APP_TOKEN: str = _secret("App-level token, `xapp-…`: clicks arrive over Socket Mode.")
    SLACK_SIGNING_SECRET: str = _secret(
        "The app's signing secret: without an app-level token, clicks arrive over HTTP at `/slack/events`."
    )
    SLACK_CHANNEL: str = Field(
        default="", description="Id of the channel for digest and cards. Overrides the topics' `channel`."
    )
    SLACK_OAUTH_CLIENT_ID: str = Field(
        default="", description="The app's client id, where several workspaces install the app by themselves."
    )
    SLACK_OAUTH_CLIENT_SECRET: str = _secret("The app's client secret, likewise.")
    WATCHER_SECRET_KEY: str = _secret(
        "Fernet keys, comma-separated, that encrypt the workspaces' tokens, and people in the state on a branch. "
        "The first one encrypts, all decrypt."
    )
    SLACK_API_URL: Url = Field(default="https://slack.com/api/", description="Slack's Web API.")

    WATCHER_WEB_SECRET: str = _secret(
        "Password of the web desk, at least 12 characters. Unset: the desk keeps to loopback and asks for none.",
        min_length=12,
    )
    WATCHER_WEB_HOSTS: str = Field(
        default="", description="Host names under which the web desk is reached, beside loopback's; comma-separated."
    )
    PORT: int | None = Field(default=None, ge=0, le=65535, description="Port of the web desk. Overrides `[web] port`.")
    WATCHER_METRICS_TOKEN: str = _secret(
        "Bearer token for `/metrics`, at least 12 characters. Unset: `/metrics` is guarded as the desk is.",
        min_length=12,
    )
    WATCHER_PING_URL: str = _secret(
        "Address that gets a request every few minutes while all is well, e.g. at healthchecks.io.",
        pattern=r"^(https?://[^\s/]+\S*)?$",
    )

    WATCHER_CONTACT: str = Field(default="", description="Your address or URL, sent to arXiv in the User-Agent.")
    WATCHER_ARXIV_RSS_URL: Url = Field(default="https://rss.arxiv.org/rss/", description="arXiv's feeds.")
    WATCHER_ARXIV_OAI_URL: Url = Field(
        default="https://oaipmh.arxiv.org/oai", description="arXiv's OAI-PMH service, for `reconcile` and `backfill`."
    )
    WATCHER_ARXIV_API_URL: Url = Field(
        default="https://export.arxiv.org/api/query",
        description="arXiv's search API, for `add`, `catalog check` and `catalog refresh`.",
    )
    WATCHER_BIORXIV_URL: Url = Field(
        default="https://connect.biorxiv.org/biorxiv_xml.php",
        description="bioRxiv's feeds, for topics that watch a category such as `biorxiv.neuroscience`.",
    )
    WATCHER_S2_URL: Url = Field(
        default="https://api.semanticscholar.org",
        description="Semantic Scholar's API, for citations, venues and papers that cite the catalog.",
    )
    S2_API_KEY: str = _secret("Key for Semantic Scholar, which refuses often without one.")
    WATCHER_HF_URL: Url = Field(default="https://huggingface.co", description="Hugging Face, for upvotes and stars.")
    WATCHER_GITHUB_API_URL: Url = Field(
        default="https://api.github.com",
        description="GitHub's API, for the catalog's pull requests, and for stars if `[enrich] services` names it.",
    )
    GITHUB_TOKEN: str = _secret("Token for GitHub: its API, pushing the catalog and opening pull requests.")
    WATCHER_OPENALEX_URL: Url = Field(
        default="https://api.openalex.org",
        description="OpenAlex's API, for papers that cite the catalog, and for citations if `[enrich] services` names it.",
    )
    OPENALEX_API_KEY: str = _secret("Key for OpenAlex.")
    WATCHER_CROSSREF_URL: Url = Field(
        default="https://api.crossref.org", description="Crossref's API, for venues of papers whose DOI is known."
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, values: Any) -> Any:
        # Compose files and hosting panels set unused variables to "".
        return {key: value for key, value in dict(values).items() if value != ""}
