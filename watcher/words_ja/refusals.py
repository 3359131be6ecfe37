"""Sentences in Japanese for errors that people can cause: what they asked for or set up that is not possible, and what
to do.
"""

from __future__ import annotations

import re
from typing import Final

from watcher.domain.errors import WatcherError
from watcher.words_ja.common import RETRY_NOT_NEEDED, SETTLED_ALREADY

_STATUS: Final = "watcher status で確かめてください。"
_BUTTONS: Final = "画面を開き直して、ボタンから操作してください。"
_NO_CARD: Final = f"この番号のカードはありません。{_STATUS}"

# The English message of an error, and its Japanese sentence; `{0}` … are the groups, `{remedy}` lists names to choose from.
_SENTENCES: Final = {
    r"another watcher works on this data folder": "別の watcher が同じデータで動いています。"
    "それを止めるか、WATCHER_DATA で別の場所を指定してください。",
    r"another watcher works on this database": "別の watcher が同じデータベースで動いています。先にそれを止めてください。",
    r"this paper never came by": "この論文の記録はありません。番号を確かめるか、watcher add で候補に加えてください。",
    r"this paper has no card": "この論文にはカードがありません。watcher log で経過を確かめてください。",
    r"several topics hold this paper": "この論文は複数のテーマにあります。カードの番号で指定してください（{names}）。",
    r"there is no card with this number": _NO_CARD,
    r"there is no decision to take back": "取り消す判断がありません。",
    r"only its curator can take this back": "これを取り消せるのは、判断した本人だけです。ご本人に頼んでください。",
    r"this card is decided already": "このカードは、すでに判断されています。編集するには、先に取り消してください。",
    r"someone else edited this card meanwhile": "編集中に、ほかの人がこのカードを変更しました。内容を確かめてから、もう一度編集してください。",
    r"the model has answered about this paper": RETRY_NOT_NEEDED,
    r"these cells cannot stand in a row: .*": "この内容のままではカタログに載せられません。カードの「編集」で直してください。",
    r"the row of this card is not missing": f"このカードの行は、カタログから失われていません。{_STATUS}",
    r"there is no such proposal": "この番号の提案はありません。watcher catalog proposals で確かめてください。",
    r"no open proposal is about this row": "この行について、判断を待つ提案はありません。watcher catalog proposals で確かめてください。",
    r"this proposal is settled already": SETTLED_ALREADY,
    r"this is no paper of the audit sample|there is no such paper in the audit sample": "この論文は抜き取り確認の対象ではありません。watcher audit list で確かめてください。",
    r"no push is configured": "カタログの送信先が設定されていません。watcher.toml の [catalog] push を設定してください。",
    r"not a verdict: (.*)": "{0} という判断はありません。論文の番号のあとに、次のどれかを書いてください：{names}。",
    r"not an answer: (.*)": "{0} という答えはありません。カードの番号のあとに、次のどれかを書いてください：{names}。",
    r"no such work: (.*)": "{0} という仕事はありません。次のどれかを指定してください：{names}。",
    r"no proposal is named": "提案の番号か、--row か --all を指定してください。",
    r"no such (?:verdict|answer)|the form names no proposals|the form does not say .*|a button carries no .*": _BUTTONS,
    r"not a paper key: (.*)": "{0} は論文の番号として読めません。例：arxiv:2306.12672",
    r"no date and no year in the identifier": "番号から発表年が分かりません。",
    r"an unreleased version before 0\.1\.0 made the schema: it stands at (\S+), .*": "0.1.0 より前の開発版のデータベース（スキーマ {0}）で、引き継げません。中身は"
    "そのまま残ります。WATCHER_DATA で新しいデータフォルダーを（DATABASE_URL のときは空のデータベースを）指定してください。",
    r"an unreleased version before 0\.1\.0 made it .*": "0.1.0 より前の開発版が作ったバックアップで、復元できません。"
    "新しいデータフォルダーで始めてください。",
    r"none of its (\d+) papers is at hand": "ラベルの論文{0}本が手元にありません。--stream で論文のファイルを指定してください。",
    r"no label in it": "ラベルがありません。1行に一つ、arxiv_id と score を書いてください。",
    r"line (\d+): a second label of (.*)": "{0}行目：{1} のラベルが二つあります。一つだけ残してください。",
    r"line (\d+): .*": "{0}行目を読めません。1行に一つのラベルを書いてください。",
    r"(\d+) papers to find, (\d+) known to begin with": "該当する論文が足りません（探すもの {0} 本、はじめに知っているもの {1} 本）。"
    "どちらも1本以上必要です。",
    r"there is no such digest": "この日のお知らせはありません。",
    r"an option names no digest": _BUTTONS,
    r"nothing to propose": "数えても提案できるものがありません。このオプションで指定してください。",
    r"the editor failed: .*": "エディターが終わりませんでした。EDITOR を確かめてください。",
    r"an answer is needed": "答えが必要です。",
    r"not a language of cells: (.*)": "{0} はカタログに書ける言語ではありません。",
    r"no topic writes to this file": "このファイルに書き込むテーマがありません。テーマのファイルの [catalog] file に書いてください。",
    r"no such cell": "この名前の欄はありません。次のどれかを指定してください：{names}。",
    r"unknown form (.*)": "{0} という形式はありません。次のどれかを指定してください：{names}。",
    r"there is no such topic|which topic is not clear": "テーマを次のどれかで指定してください：{names}。",
    r"there are several topics": "テーマが複数あります。--topic で次のどれかを指定してください：{names}。",
    r"not an arXiv id or URL: (.*)": "{0} は arXiv の番号でも URL でもありません。例：2306.12672",
    r"only arXiv's papers can be put forward by hand": "手で加えられるのは arXiv の論文だけです。",
    r"no such file or folder: (.*)": "{0} というファイルもフォルダーもありません。パスを確かめてください。",
    r"not an ISO time: (.*)": "{0} は時刻として読めません。例：2026-06-29T05:00:00+00:00",
    r"no year of arXiv's: (.*)": "{0} 年の arXiv の論文はありません。年を確かめてください。",
    r"not an ISO week: (.*)": "{0} は週として読めません。例：2026-W27",
    r"the span ends before it begins: (.*) to (.*)": "期間の終わり（{1}）が始まり（{0}）より前です。--from と --until を入れ替えてください。",
    r"a name is needed": "名前を指定してください。",
    r"there is no Batch API any more": "Batch API はなくなりました。この指定を外してください。モデルには直接尋ねます。",
    r"the file exists already": "このファイルはすでにあります。別の名前を指定してください。",
    r"cannot be written: (.*)": "ファイルに書き込めません。場所と書き込み権限を確かめてください。",
    r"cannot be read: .*": "ファイルを読めません。場所と権限を確かめてください。",
    r"the database is empty: nothing to back up": "データベースは空で、保存するものがありません。",
    r"not a backup of this program": "このファイルは watcher のバックアップではありません。watcher db backup で作ったものを指定してください。",
    r"holds fewer rows than it says|cut off or damaged|its rows do not fit into this database": "このバックアップは途中で切れているか、壊れています。別のバックアップを使ってください。",
    r"the database holds rows already .*": "データベースにはすでに記録があります。"
    "DATABASE_URL か WATCHER_DATA で、空の場所を指定してください。",
    r"made by a newer version .*": "このバックアップは新しい版の watcher が作ったものです。literature-watcher を更新してください。",
    r"its people are encrypted": "人の名前が暗号になっています。WATCHER_SECRET_KEY に、作ったときの鍵を設定してください。",
    r"another deployment's, or encrypted with another key": "別の環境の状態か、別の鍵で暗号にされた状態です。何も書き換えていません。"
    "作ったときの WATCHER_SECRET_KEY を設定するか、新しく始めるならブランチを消してください。",
    r"the branch holds something else than a state": "このブランチにあるのは watcher の状態ではありません。何も書き換えていません。"
    "[state] branch に別の名前を指定してください。",
    r"the state on the branch is older than the one here: .*": "ブランチの状態が、手元のものより古くなっています。何も書き換えていません。"
    "ブランチを元に戻すか、手元の状態を捨てるならデータフォルダーの watcher.db と state.json を消してください。",
    r"another run is at work .*|another run has taken over the state": "ほかの実行が動いています。この実行は何も投稿せずに終わります。",
    r"there is no branch for the state: the file is in no repository": "カタログが git のリポジトリにないため、状態のブランチを使えません。"
    "WATCHER_CATALOG にリポジトリの中のファイルを指定してください。",
    r"nothing to learn from: .*": "学習できるだけのラベルがありません。該当する論文としない論文が、それぞれ数日分必要です。",
    r"refusing to serve the web desk to other machines without sign-in": "サインインなしでは、ほかのマシンに Web のデスクを公開できません。"
    "WATCHER_WEB_SECRET を設定するか、127.0.0.1 で待ち受けてください。",
    r"the sign-in secret is shorter than (\d+) characters": "パスワードが短すぎます。{0}文字以上の、推測されにくいものにしてください。",
    r"cannot listen: (.*)": "このアドレスでは待ち受けられません（使用中か、許されていません）。"
    "--port か PORT で別のポートを指定してください。",
    r"this deployment is one process": "この環境は一つのプロセスで動きます。watcher serve を使うか、"
    "WATCHER_QUEUE=postgresql と DATABASE_URL を設定してください。",
    r"the driver \S+ is missing": "PostgreSQL を使うための部品が入っていません。"
    "次のコマンドで入れてください：pip install -c constraints.txt '.[postgres]'",
    r"not a list of Fernet keys": "鍵として読めません。次のコマンドで作ってください："
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"',
    r"not (?:a URL of a supported database|a database URL)": "データベースの URL として読めません。"
    "postgresql://… か sqlite:///ファイル の形で書いてください。",
    r"the data folder cannot be (?:used|made): .*": "データフォルダーを使えません。場所と権限を確かめるか、WATCHER_DATA で別の場所を指定してください。",
}
_KNOWN: Final = tuple((re.compile(pattern), sentence) for pattern, sentence in _SENTENCES.items())

# Lines of a configuration's problems: what stands behind the place.
_MEANT: Final = r"(?:; did you mean (?P<meant>[^?]+)\?)?"
_PROBLEMS: Final = {
    rf"no such variable{_MEANT}": "この名前の環境変数はありません。",
    rf"no such key{_MEANT}": "この名前の項目はありません。",
    rf"arXiv has no category (?P<what>\S+?){_MEANT}": "{what} という分野は arXiv にありません。",
    r"holds a token that begins with (?P<what>\S+); it must begin with (?P<right>\S+)": "{what} で始まるトークンが入っています。"
    "{right} で始まるトークンを設定してください。",
    r"(?P<what>'.*') is a channel's name; .*": "{what} はチャンネルの名前です。チャンネルの ID（C で始まる。チャンネルの詳細の末尾にあります）を設定してください。",
    r"(?P<what>'.*') is a person's name; .*": "{what} は人の名前です。メンバー ID（U か W で始まる。プロフィールのメニューからコピーできます）を書いてください。",
    r"is no URL; .*": "URL は http:// か https:// で始めてください。",
    r"Input should be (?P<what>'.*)": "次のどれかを書いてください：{what}",
    r"Input should be a valid integer.*": "整数を書いてください。",
    r"Input should be a valid number.*": "数を書いてください。",
    r"Input should be a valid string.*": "文字列を書いてください。",
    r"Input should be a valid boolean.*": "true か false を書いてください。",
    r"Input should be a valid (?:tuple|set|frozenset|list).*": "一覧（[ ] で囲む）を書いてください。",
    r"Input should be (?:greater than or equal to|at least) (?P<what>\S+)": "{what} 以上にしてください。",
    r"Input should be less than or equal to (?P<what>\S+)": "{what} 以下にしてください。",
    r"Input should be greater than (?P<what>\S+)": "{what} より大きくしてください。",
    r"Input should be less than (?P<what>\S+)": "{what} より小さくしてください。",
    r"Input should be (?:a valid|in a valid) (?:date|time).*": "日付か時刻として読めません。2026-06-29 や 09:00 のように書いてください。",
    r"Field required": "この項目が必要です。",
    r"String should have at least (?P<what>\d+) characters?": "{what}文字以上にしてください。",
    r"String should have at most (?P<what>\d+) characters?": "{what}文字以下にしてください。",
    r"(?:Value|List|Tuple|Set|Frozenset) should have at least (?P<what>\d+) .*": "{what}個以上書いてください。",
    r"String should match pattern '\^\(S\[A-Z0-9\]\+\)\?\$'": "ユーザーグループの ID（S で始まる）を書いてください。",
    r"String should match pattern (?P<what>'.*')": "書ける形ではありません（正規表現 {what}）。",
    r"write a time of day as HH:MM": "時刻を 09:00 のように書いてください。",
    r"no time zone is called (?P<what>\S+); .*": "{what} という時間帯はありません。Europe/Berlin のような名前を書いてください。",
    r"(?P<what>\S+) is none of (?P<right>.*)": "{what} は使えません。次のどれかを書いてください：{right}",
    r"not Slack's name of an emoji: (?P<what>\S+); .*": "{what} は Slack の絵文字の名前ではありません。"
    "white_check_mark のように書いてください。",
    r"an emoji stands for one verdict: (?P<what>\S+)": "{what} が複数の判断にあります。一つの判断だけに使ってください。",
    r"name categories, feeds or both": "categories か feeds に、読むものを書いてください。",
    r"fold_at may not be above post_at": "fold_at は post_at 以下にしてください。",
    r"(?P<what>\S+): watch arXiv by its categories": "{what} は arXiv です。feeds ではなく categories に分野を書いてください。",
    r"(?P<what>\S+): the name of a category; .*": "{what} は分野の名前です。配信元に別の名前を付けてください。",
    r"another topic calls another feed so": "別のテーマが、同じ名前で別の配信元を読んでいます。どちらかの名前を変えてください。",
    r"\{(?P<what>\S+)\} is no field; the fields are (?P<right>.*)": "{what} という欄はありません。次のどれかを書いてください：{right}",
    r'source = "model" needs a prompt, .*': 'source = "model" のときは prompt が要り、ほかのときは書けません。',
    r"(?P<what>\S+) is taken from metadata, never from a model": "{what} は論文の情報から取ります。モデルには書かせられません。",
    r"a table needs a column with the field title": "表には、論文タイトル（title）の列が要ります。",
    r"(?P<what>\S+) need a piece of `entry` with \{title\}": "entry に、論文タイトル（title）の部分が要ります。",
    r"no pattern names the paper: .*": "論文を示す欄がありません。url、name、id のどれかをパターンに入れてください。",
    r"missing; write there what belongs to the topic": "ファイルがありません。どんな論文がテーマに当てはまるかを書いてください。",
    r"missing; SLACK_OAUTH_CLIENT_ID is set, .*": "SLACK_OAUTH_CLIENT_ID を使うときは、テーマごとにこの項目が要ります。",
    r"missing; with several workspaces .*": "ワークスペースが複数あるときは、警告を送るチャンネルが要ります。",
    r"\[llm\.prices\] has no price of (?P<what>\S+), .*": "[llm.prices] に {what} の価格がないため、上限を守れません。価格の行を加えてください。",
    r"one question of triage may take (?P<what>\S+) tokens, .*": "下読みの質問一つに {what} トークンまでかかり、上限の5分の3に収まりません。"
    "上限を上げるか、triage_batch を小さくするか、triage を none にしてください。",
    r"one question may take (?P<what>\S+) tokens, .*": "採点の質問一つに {what} トークンまでかかり、上限の5分の4に収まりません。"
    "上限を上げるか、batch_size か answer_tokens を小さくしてください。",
    r"one question to (?P<what>\S+) may cost (?P<right>\S+), .*": "{what} への質問一つに {right} までかかり、上限の5分の4に収まりません。"
    "上限を上げるか、batch_size か answer_tokens を小さくしてください。",
    r"cannot be read \((?P<what>.*)\); set WATCHER_CONFIG .*": "読めません（{what}）。WATCHER_CONFIG で設定のフォルダーを指定してください。",
    r"prefilters do not learn from decisions any more; .*": "事前選別は判断から学ばなくなりました。この行を消してください。",
    r"the flex tier is gone; .*": "flex はなくなりました。この行を消してください。",
    r"\[engine\] is now called \[workers\], .*": "[engine] は [workers] という名前になりました。その queue に none か postgresql を書いてください。",
    r"kind is now called queue: .*": "kind は queue という名前になりました。none か postgresql を書いてください。",
    r"not TOML: (?P<what>.*)": "TOML として読めません（{what}）。",
    r"no such file: (?P<what>.*)": "{what} というファイルがありません。",
    r"no topic file .*": "テーマのファイル（*.toml）がありません。加えるか、WATCHER_CONFIG で設定のフォルダーを指定してください。",
}
_WHOLE: Final = {
    r"SLACK_CHANNEL is set but topics belong to several workspaces: .*": "テーマが複数のワークスペースに分かれているため、"
    "SLACK_CHANNEL は使えません。テーマごとに channel を書いてください。",
    r"SLACK_BOT_TOKEN is set but no channel for (?P<what>.*): set SLACK_CHANNEL": "SLACK_BOT_TOKEN がありますが、"
    "{what} のチャンネルが決まっていません。SLACK_CHANNEL を設定してください。",
    r"SLACK_BOT_TOKEN is set but neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET, and .*": "SLACK_BOT_TOKEN だけで使うには、"
    "watcher.toml の [slack.reactions] に、追加と却下の絵文字が要ります。",
    r"watcher\.toml: state\.branch is set but WATCHER_SECRET_KEY is not: .*": "watcher.toml の state.branch を使うには、"
    "人の名前を暗号にするための WATCHER_SECRET_KEY が要ります。",
    r'watcher\.toml: state\.branch is set but catalog\.push is "never": .*': "watcher.toml の state.branch を使うときは、"
    "行が失われないよう、catalog.push を direct か pull-request にしてください。",
    r"watcher\.toml: state\.branch is set and DATABASE_URL too: .*": "watcher.toml の state.branch と DATABASE_URL は、"
    "一緒には使えません。DATABASE_URL を外してください。",
    r"watcher\.toml: state\.branch is the catalog's branch: .*": "watcher.toml の state.branch に、カタログのブランチとは別の"
    "名前を付けてください。",
    r"(?P<what>\S+) is set but SLACK_BOT_TOKEN is not: no card would be posted": "{what} がありますが、SLACK_BOT_TOKEN がないため"
    "カードを投稿できません。SLACK_BOT_TOKEN も設定してください。",
    r"watcher\.toml: alarms\.channel is set but SLACK_BOT_TOKEN is not": "watcher.toml の alarms.channel を使うには、"
    "SLACK_BOT_TOKEN が要ります。",
    r"SLACK_BOT_TOKEN and SLACK_OAUTH_CLIENT_ID are both set: .*": "SLACK_BOT_TOKEN と SLACK_OAUTH_CLIENT_ID が両方あります。"
    "トークンはアプリを追加したときに得られるので、SLACK_BOT_TOKEN を外してください。",
    r"SLACK_OAUTH_CLIENT_ID is set but (?:not|neither) (?P<what>.*)": "SLACK_OAUTH_CLIENT_ID を使うには、{what} も要ります。",
    r'watcher\.toml: catalog\.push is "pull-request" but GITHUB_TOKEN is not set': "プルリクエストを作るには GITHUB_TOKEN が要ります。",
    r"watcher\.toml: slack\.approvals is (?P<what>\d+) but slack\.curators names (?P<right>\d+)": "watcher.toml の"
    " slack.approvals は {what} ですが、slack.curators には {right} 人しかいません。",
    r"watcher\.toml: enrich\.services names openalex: set OPENALEX_API_KEY": "OpenAlex を使うには OPENALEX_API_KEY が要ります。",
    r"watcher\.toml: enrich\.middle asks for more than enrich\.high": "watcher.toml の enrich.middle が enrich.high より高い値です。",
    r'\[workers\] queue is "postgresql": set DATABASE_URL.*': "仕事を分け合うには PostgreSQL が要ります。"
    "DATABASE_URL に postgresql://… を設定してください。",
    r"""\[workers\] queue is "postgresql": install the extra 'postgres'""": "仕事を分け合うための部品が入っていません。"
    "次のコマンドで入れてください：pip install -c constraints.txt '.[postgres]'",
    r"environment: (?P<what>\S+) is now called (?P<right>\w+).*": "{what} は {right} という名前になりました。",
}
PATTERNS: Final = (*_SENTENCES, *_PROBLEMS, *_WHOLE)
"""The English messages that have a Japanese sentence here."""

_LINES: Final = tuple((re.compile(rf"(?P<place>.*?): {pattern}"), told) for pattern, told in _PROBLEMS.items())

_ERROR: Final = re.compile(r"(?P<about>[^:]+): (?P<message>.*?)(?: \((?P<remedy>.*)\))?")
"""An error as it writes itself."""
_WHOLES: Final = tuple((re.compile(pattern), told) for pattern, told in _WHOLE.items())


def told(raised: WatcherError) -> str:
    """Japanese sentence for an error that a person caused, beginning with what it is about; "" if there is no
    translation of the English message.
    """
    for pattern, sentence in _KNOWN:
        if found := pattern.fullmatch(raised.message):
            names = re.sub(r"^(?:use one of|name one of|one of|name a card:) ", "", raised.remedy)
            said = sentence.format(*found.groups(), names=names)
            return f"{raised.about}：{said}" if raised.about else said
    return ""


def problem(line: str) -> str:
    """Translate an error message about the configuration, which begins with its place in a file, into Japanese; it
    stays English if there is no translation.
    """
    line = line.replace(": Value error, ", ": ")
    for pattern, sentence in (*_WHOLES, *_LINES):
        if found := pattern.fullmatch(line):
            groups = {name: _listed(text or "") for name, text in found.groupdict().items()}
            meant = f"{groups['meant']} のことでしょうか。" if groups.get("meant") else ""
            if "place" not in groups:
                return sentence.format(**groups)
            place = groups.pop("place").removeprefix("environment: ").replace(": ", " ")
            return f"{place}：{sentence.format(**groups)}{meant}"
    if found := _ERROR.fullmatch(line):
        return told(WatcherError(found["message"], about=found["about"], remedy=found["remedy"] or "")) or line
    return line


def _listed(text: str) -> str:
    """Names to choose from, as Pydantic lists them, in Japanese; that nothing may be written is left out."""
    names = text.replace(" or ", "、").replace(" nor ", " か ").replace("', '", "'、'")
    return names.removeprefix("''、")
