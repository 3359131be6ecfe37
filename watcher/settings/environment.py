"""What comes from the environment: secrets, addresses, and what goes before the files."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+")]

Level = Annotated[Literal["", "debug", "info", "warning", "error", "critical"], BeforeValidator(str.lower)]


class Environment(BaseModel):
    """What comes from the environment alone, and what goes before the files. Values are never printed."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    DATABASE_URL: str = ""
    WATCHER_ENGINE: Literal["", "embedded", "procrastinate"] = ""
    OPENAI_API_KEY: str = Field(default="", repr=False)
    OPENAI_BASE_URL: Url = "https://api.openai.com/v1"
    WATCHER_MODEL: str = ""
    SLACK_BOT_TOKEN: str = Field(default="", repr=False)
    SLACK_APP_TOKEN: str = Field(default="", repr=False)
    SLACK_SIGNING_SECRET: str = Field(default="", repr=False)
    SLACK_OAUTH_CLIENT_ID: str = ""
    SLACK_OAUTH_CLIENT_SECRET: str = Field(default="", repr=False)
    WATCHER_SECRET_KEY: str = Field(default="", repr=False)
    SLACK_API_URL: Url = "https://slack.com/api/"
    SLACK_CHANNEL: str = ""
    WATCHER_CATALOG: str = ""
    WATCHER_CONTACT: str = ""
    WATCHER_ARXIV_RSS_URL: Url = "https://rss.arxiv.org/rss/"
    WATCHER_BIORXIV_URL: Url = "https://connect.biorxiv.org/biorxiv_xml.php"
    WATCHER_ARXIV_OAI_URL: Url = "https://oaipmh.arxiv.org/oai"
    WATCHER_ARXIV_API_URL: Url = "https://export.arxiv.org/api/query"
    WATCHER_S2_URL: Url = "https://api.semanticscholar.org"
    WATCHER_HF_URL: Url = "https://huggingface.co"
    WATCHER_GITHUB_API_URL: Url = "https://api.github.com"
    WATCHER_OPENALEX_URL: Url = "https://api.openalex.org"
    S2_API_KEY: str = Field(default="", repr=False)
    GITHUB_TOKEN: str = Field(default="", repr=False)
    OPENALEX_API_KEY: str = Field(default="", repr=False)
    WATCHER_WEB_HOSTS: str = ""
    WATCHER_WEB_SECRET: str = Field(default="", repr=False, min_length=12)
    WATCHER_PING_URL: str = Field(default="", repr=False, pattern=r"^(https?://[^\s/]+\S*)?$")
    WATCHER_METRICS_TOKEN: str = Field(default="", repr=False, min_length=12)
    WATCHER_LOG: Level = ""
    PORT: int | None = Field(default=None, ge=0, le=65535)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, values: Any) -> Any:
        return {key: value for key, value in dict(values).items() if value != ""}
