"""Small lists in the forms in which groups keep their papers, written for these tests, and what is to be understood of
each.
"""

from __future__ import annotations

from dataclasses import dataclass

from watcher.domain.catalog.shape import Form, Numbering, Order, Sections

TITLE, URL = "Learning World Models from Text", "https://arxiv.org/abs/2606.27483"


@dataclass(frozen=True)
class Known:
    """A list, what must be learned of it, and the lines that a new paper adds."""

    text: str
    form: Form
    entries: int
    ids: int
    new: tuple[str, ...]
    above: str
    order: Order = Order.NEWEST_FIRST
    numbering: Numbering = Numbering.NONE
    sections: Sections = Sections.NONE


LISTS = {
    "bullets under years, venue in code": Known(
        """# Awesome worlds

If you miss a paper, see [the guide](https://example.org/guide). Survey: [here](https://arxiv.org/abs/2502.10498).

## Citation
- [Our survey](https://arxiv.org/abs/2502.10498)

## Papers
### 2026
- **SimA**: A Simple World Model for Driving. **`arXiv 26.5`** [[Paper](https://arxiv.org/abs/2605.00001)] [[Code](https://github.com/a/SimA)]
- [**UniB**] UniB: One Model for Scenes. **`CVPR 26`** [[Paper](https://arxiv.org/abs/2602.00002)] [[Project](https://b.github.io/)]
- What Does It Mean to Learn a "World Model"? **`arXiv 26.1`** [[Paper](https://arxiv.org/abs/2601.00003)]
### 2025
- Latent Chains of Thought for Driving. **`ICCV 25`** [[Paper](https://arxiv.org/abs/2507.00004)]
* World Models Without Words. **`arXiv 25.2`** [[Paper](https://arxiv.org/pdf/2502.00005)]
""",
        Form.BULLETS,
        5,
        5,
        ("- Learning World Models from Text. **`arXiv 26.6`** [[Paper](https://arxiv.org/abs/2606.27483)]",),
        above="### 2026",
        sections=Sections.YEAR,
    ),
    "bullets with a date before the title, topics as headings": Known(
        """# Agents

## 🔔 News
- [2024/06/07] AgentGym has been released! Paper: [AgentGym](https://arxiv.org/abs/2406.04151).

## Contents

- [Memory](#memory)
- [Planning](#planning)

## Memory

- [2023/10] **MemGPT: Systems.** *Charles Packer (UC Berkeley) et al. arXiv.* [[paper](https://arxiv.org/abs/2310.08560)] [[code](https://github.com/a/MemGPT)]
- [2023-03] **CoLT5: Faster Transformers.** *Joshua Ainslie et al. arXiv.* [[paper](https://arxiv.org/abs/2303.09752)]
- [2022/03] **Efficient Long Documents** *Hyunji Park et al. ACL* [[paper](https://arxiv.org/abs/2203.11258)]

## Planning

- [2023/05] **Tree of Thoughts.** *Shunyu Yao et al. NeurIPS.* [[paper](https://arxiv.org/abs/2305.10601)]
""",
        Form.BULLETS,
        4,
        4,
        (f"- [2026/06] **{TITLE}.** *Sato et al. arXiv.* [[paper]({URL})]",),
        above="",
        sections=Sections.TOPIC,
    ),
    "nested bullets": Known(
        """# GUI agents

## Recent papers (from most recent to oldest)

- [AppWorld: Transition Models for Agents](https://arxiv.org/abs/2608.05891)
    - Weikai Xu, Yunren Feng, Haoxiang Lei
    - 🏛️ Institutions: Some University
    - 📅 Date: August 06, 2026
    - 📑 Publisher: arXiv
    - 🔑 Key: [world model], [GUI]
    - 📖 TLDR: A world model predicts what a click changes. It beats a model without one.

- [Older Agents on Phones](https://arxiv.org/abs/2501.00011)
    - Ada Lovelace, Alan Turing
    - 🏛️ Institutions: Unknown
    - 📅 Date: January 02, 2025
    - 📑 Publisher: ICLR 2025
    - 🔑 Key: [mobile]
    - 📖 TLDR: Phones are hard. This paper shows how hard they are.
""",
        Form.BULLETS,
        2,
        2,
        (
            "- [Learning World Models from Text](https://arxiv.org/abs/2606.27483)",
            "    - Sato et al.",
            "    - 📅 Date: June 2026",
            "    - 📑 Publisher: arXiv",
            "    - 🔑 Key: 世界モデル、計画",
            "    - 📖 TLDR: 言語モデルに世界モデルを学ばせる手法を提案。計画の成功率の向上を示した。",
        ),
        above="",
    ),
    "badges on lines below, beside tables": Known(
        """# Video worlds

## Foundations
|     Date     | Venue | Acronym | Paper | Project | Repo@GitHub |
|--------------|-------|---------|-------|---------|-------------|
| 2025-03-04 | Arxiv | Helios | [Helios: Long Video](https://arxiv.org/abs/2503.04379) | [![Website](https://img.shields.io/badge/Website-9cf)](https://h.github.io/) | [![Code](https://img.shields.io/github/stars/a/Helios.svg?style=social)](https://github.com/a/Helios) |
| 2024-12-30 | Arxiv | LTX | [LTX: Latent Diffusion](https://arxiv.org/abs/2501.00103) |  |  |
| 2024-09 |  | Hailuo |  | [![Website](https://img.shields.io/badge/Website-9cf)](https://hailuoai.video/) |  |
| 2024-02-22 | CVPR24 | Snap | [Snap Video: Transformers](https://arxiv.org/abs/2402.14797) |  |  |

<a name="1.2."></a>
### Others
+ [MoStGAN: Video Motion](https://arxiv.org/abs/2304.02777) (2023-04-05)
[![Code](https://img.shields.io/github/stars/x/MoStGAN.svg?style=social&label=Official)](https://github.com/x/MoStGAN)

+ [Temporal Shift GAN](https://arxiv.org/abs/2004.01823) (2020-04-04)
+ [Adversarial Video Generation](https://arxiv.org/abs/1907.06571) (2019-07-15)
<a name="1.3."></a>
### More
""",
        Form.TABLE,
        6,
        6,
        ("| 2026-06 | Arxiv |  | [Learning World Models from Text](https://arxiv.org/abs/2606.27483) |  |  |",),
        above="|--------------|-------|---------|-------|---------|-------------|",
        sections=Sections.NONE,
    ),
    "small tables a day, links to notes": Known(
        """# 要約

## 2026-04-26 注目論文

### 📚 cs.IR（情報検索）

| 論文 | 一言 |
|------|------|
| [Counterfactual Learning](papers/2604.21675-counterfactual.md) | 遅延をモデル化 |

### 🗣️ cs.CL

| 論文 | 一言 |
|------|------|
| [MathDuels: Models as Solvers](papers/2604.21916-mathduels.md) | 二役 |

## 2026-04-25 注目論文

### cs.IR

| 論文 | 一言 |
|------|------|
| [🔍 LEMUR](papers/lemur) | 1桁高速化 |
""",
        Form.TABLE,
        3,
        2,
        ("| [Learning World Models from Text](https://arxiv.org/abs/2606.27483) |  |",),
        above="|------|------|",
        sections=Sections.TOPIC,
    ),
    "a Chinese table": Known(
        """# 📚 论文

## 大语言模型 (LLM)

| 📅 年份 | 📑 标题 (Title) | 🏛 会议/期刊 | ✍️ 备注/一句话评价 | 🔗 链接 |
| :--- | :--- | :--- | :--- | :--- |
| 2017 | **Attention Is All You Need** | NeurIPS | 必读 | [PDF](https://arxiv.org/abs/1706.03762) |
| 2018 | **BERT: Pre-training** | NAACL | 预训练 | [PDF](链接) |
""",
        Form.TABLE,
        2,
        1,
        (
            "| 2026 | **Learning World Models from Text** | arXiv |  | [PDF](https://arxiv.org/abs/2606.27483) |",
        ),
        above="| 2018 | **BERT: Pre-training** | NAACL | 预训练 | [PDF](链接) |",
        order=Order.OLDEST_FIRST,
    ),
    "titles that link nowhere, a column of its own for the number": Known(
        """## 論文一覧

| # | 論文タイトル | 年・会議 | 要約 (1-2 行) |
|---|--------------|---------|---------------|
| 1 | **DroidSpeak: Cache Sharing** | 2024, arXiv | 再利用し高速化。 |
| 2 | **Memory Sharing for Agents** | 2025, arXiv | 共有を実現。 |
""",
        Form.TABLE,
        2,
        0,
        (
            f"| 3 | **[{TITLE}]({URL})** | 2026, arXiv | 言語モデルに世界モデルを学ばせる手法を提案。計画の成功率の向上を示した。 |",
        ),
        above="| 2 | **Memory Sharing for Agents** | 2025, arXiv | 共有を実現。 |",
        order=Order.OLDEST_FIRST,
        numbering=Numbering.RISING,
    ),
    "references without links": Known(
        """# Images

* CLIP: Learning Visual Models From Language, ICML 2021.
*  TriLoRA: Integrating SVD for Style, arxiv (18 May 2024).
*  Kandinsky: Text-to-Image Synthesis, arxiv (28 Oct 2024).
*  Compass: Object Orientation Control, arxiv (9 Apr 2025).
""",
        Form.BULLETS,
        4,
        0,
        ("*  [Learning World Models from Text](https://arxiv.org/abs/2606.27483), arxiv (Jun 2026).",),
        above="*  Compass: Object Orientation Control, arxiv (9 Apr 2025).",
        order=Order.OLDEST_FIRST,
    ),
    "numbers that fall, an extra column": Known(
        """| No. | Paper | Link | Year | Read by |
| --- | --- | --- | --- | --- |
| 3 | Third Paper on Worlds | [arXiv](https://arxiv.org/abs/2503.00003) | 2025 | - |
| 2 | Second Paper on Worlds | [arXiv](https://arxiv.org/abs/2403.00002) | 2024 | - |
| 1 | First Paper on Worlds | [arXiv](https://arxiv.org/abs/2303.00001) | 2023 | Hana |

Total: 3 papers
""",
        Form.TABLE,
        3,
        3,
        ("| 4 | Learning World Models from Text | [arXiv](https://arxiv.org/abs/2606.27483) | 2026 | - |",),
        above="| --- | --- | --- | --- | --- |",
        numbering=Numbering.FALLING,
    ),
}  # fmt: skip
HTML = """# Papers

<table>
  <tr><td>2026-03-05</td><td><strong>Learning to Model</strong></td><td><a href="https://arxiv.org/abs/2603.00001">x</a></td></tr>
</table>
"""
PROSE = """# Notes

We read a paper (https://arxiv.org/abs/2603.00001) and liked it. Another one is good as well.

- **Scope**: models of the world.
"""
