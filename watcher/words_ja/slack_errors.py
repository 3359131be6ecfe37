"""What to do about Slack errors that need a person, by Slack's error code."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# docs.slack.dev/reference/methods/chat.postMessage
REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "not_in_channel": "チャンネルで /invite @watcher としてアプリを招いてください",
        "channel_not_found": "SLACK_CHANNEL にチャンネルの ID を設定し、アプリを招いてください",
        "is_archived": "チャンネルのアーカイブを解除するか、SLACK_CHANNEL を別のチャンネルにしてください",
        "missing_scope": "config/slack/manifest.yaml の権限をアプリに与え、入れ直してください",
        "not_authed": "SLACK_BOT_TOKEN を設定してください",
        "invalid_auth": "SLACK_BOT_TOKEN と SLACK_APP_TOKEN を、アプリのいまのトークンにしてください",
        "not_allowed_token_type": "SLACK_BOT_TOKEN には xoxb- で始まるボットのトークンを設定してください",
        "token_revoked": "アプリを入れ直し、新しい SLACK_BOT_TOKEN を設定してください",
        "token_expired": "アプリを入れ直し、新しい SLACK_BOT_TOKEN を設定してください",
        "account_inactive": "アプリを入れ直し、新しい SLACK_BOT_TOKEN を設定してください",
        "no_permission": "アプリがこの操作をできるよう、ワークスペースの管理者に頼んでください",
        "access_denied": "アプリがこの操作をできるよう、ワークスペースの管理者に頼んでください",
        "posting_to_general_channel_denied": "#general への投稿を許可してもらうか、SLACK_CHANNEL を別のチャンネルにしてください",
        "no_such_subteam": "[slack] curator_group にユーザーグループの ID（S で始まる）を設定してください",
        "org_login_required": "組織への移行を終えるよう、ワークスペースの管理者に頼んでください",
        "ekm_access_denied": "鍵の管理によりアクセスが止められています。ワークスペースの管理者に頼んでください",
        "team_access_not_granted": "このワークスペースをアプリに許可するよう、組織の管理者に頼んでください",
    }
)
RESTRICTED = "チャンネルへの投稿をアプリに許可するよう、ワークスペースの管理者に頼んでください"
