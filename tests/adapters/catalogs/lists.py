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
    "a short name in bold, then the quoted title": Known(
        """# Robots

## Planning
* **MAPS**: "Planning with Maps of Words", *arXiv, Mar 2025*. [[Paper](https://arxiv.org/abs/2503.00001)] [[Code](https://github.com/a/maps)]
* **Grip**: "Grip: Few Examples for Hands", *CoRL, Nov 2024*. [[Paper](https://arxiv.org/abs/2406.00002)]
* "Do Robots Need Words?", *arXiv, May 2023*. [[Paper](https://arxiv.org/abs/2305.00003)]
""",
        Form.BULLETS,
        3,
        3,
        (f'* "{TITLE}", *arXiv, Jun 2026*. [[Paper]({URL})]',),
        above="## Planning",
    ),
    "a short name before the title in bold": Known(
        """# Robots

- MAPS **MAPS: Planning with Maps**, 4 Mar 2023, [paper link](https://arxiv.org/pdf/2303.00001.pdf)
- Two Hands **Few Examples for Two Hands**, 16 Nov 2024, [paper link](https://arxiv.org/pdf/2411.00002)
- **Do Robots Need Words**, 2 Jan 2025, [paper link](https://arxiv.org/pdf/2501.00003)
""",
        Form.BULLETS,
        3,
        3,
        (f"- **{TITLE}**, Jun 2026, [paper link]({URL})",),
        above="- **Do Robots Need Words**, 2 Jan 2025, [paper link](https://arxiv.org/pdf/2501.00003)",
        order=Order.OLDEST_FIRST,
    ),
    "authors and year before the title, the id as the venue": Known(
        """# Translation

* Ada Lovelace, Alan Turing, and Grace Hopper. 2019. [Alignment of Words](https://aclanthology.org/P19-0001). In *Proceedings of ACL 2019*.
* Taro Yamada and Hanako Sato. 2020. [Sentences in Pairs](https://arxiv.org/pdf/2003.00002). *arXiv:2003.00002*.
* Emmy Noether. 2021. [Symmetry in Translation](https://arxiv.org/pdf/2103.00003). *arXiv:2103.00003*.
""",
        Form.BULLETS,
        3,
        2,
        (f"* Sato et al. 2026. [{TITLE}]({URL}). *arXiv:2606.27483*.",),
        above="* Emmy Noether. 2021. [Symmetry in Translation](https://arxiv.org/pdf/2103.00003). *arXiv:2103.00003*.",
        order=Order.OLDEST_FIRST,
    ),
    "authors after the word by": Known(
        """# Imitation

* <[Learning by Watching](https://arxiv.org/abs/1906.00001)>, by Ada Lovelace, Alan Turing and Grace Hopper, 2019.
  * Proposes **LBW**.

* <[Apprentices in Grids](https://arxiv.org/abs/1805.00002)>, by Taro Yamada, 2018.
""",
        Form.BULLETS,
        2,
        2,
        (f"* <[{TITLE}]({URL})>, by Sato et al., 2026.",),
        above="",
    ),
    "year and server in a tag, numbers that are all one": Known(
        """# Cells

## Foundation models
1. [2024 bioRxiv] **scOne: Robust Networks** [[paper]](https://www.biorxiv.org/content/10.1101/2024.07.29.600001v1)
1. [2024 Nature Methods] **scTwo: Atlases of Cells** [[paper]](https://www.nature.com/articles/s41592-024-00001-0) [[code]](https://github.com/a/sctwo)
1. [2023 bioRxiv] **scThree: Cells as Sentences** [[paper]](https://www.biorxiv.org/content/10.1101/2023.10.03.500003v1)
""",
        Form.BULLETS,
        3,
        0,
        (f"1. [2026 arXiv] **{TITLE}** [[paper]]({URL})",),
        above="## Foundation models",
    ),
    "a date in code, links parted by commas": Known(
        """# Science

## Chemistry

- `2022.03` MolOne: Motifs in Molecules, [arXiv](https://arxiv.org/abs/2203.00001), [Code](https://github.com/a/molone)
- `2023.05` Tongues of Proteins, [arXiv](https://arxiv.org/abs/2305.00002)
- `2024.01` ChemTwo: Dialogues about Chemistry, [arXiv](https://arxiv.org/abs/2401.00003), [Code](https://github.com/a/chemtwo)
""",
        Form.BULLETS,
        3,
        3,
        (f"- `2026.06` {TITLE}, [arXiv]({URL})",),
        above="- `2024.01` ChemTwo: Dialogues about Chemistry, [arXiv](https://arxiv.org/abs/2401.00003), [Code](https://github.com/a/chemtwo)",
        order=Order.OLDEST_FIRST,
    ),
    "columns of links beside the title's, dashes in empty cells": Known(
        """# Graphs

| Year | Title              | Venue | Paper                                        | Code                              |
| ---- | ------------------ | :---: | :------------------------------------------: | :-------------------------------: |
| 2025 | **Missing Nodes** | arXiv | [link](https://arxiv.org/abs/2507.00001) | - |
| 2024 | **Many Views of Graphs** | TCSS | [link](https://ieeexplore.ieee.org/document/10000002) | [link](https://github.com/a/views) |
| 2024 | **Clusters without Number** | ICML | [link](https://arxiv.org/abs/2406.00003) | - |
""",
        Form.TABLE,
        3,
        2,
        (f"| 2026 | **{TITLE}** | arXiv | [link]({URL}) | - |",),
        above="| ---- | ------------------ | :---: | :------------------------------------------: | :-------------------------------: |",
    ),
    "badges on lines of their own, one for the paper": Known(
        """# Video

### Generation
+ [One: Long Videos](https://arxiv.org/abs/2603.00001) (Mar., 2026) \x20
  [![Star](https://img.shields.io/github/stars/a/One.svg?style=social)](https://github.com/a/One)
  [![arXiv](https://img.shields.io/badge/arXiv-b31b1b.svg)](https://arxiv.org/abs/2603.00001)

+ [Two: Sound and Video](https://arxiv.org/abs/2602.00002) (Feb., 2026) \x20
  [![arXiv](https://img.shields.io/badge/arXiv-b31b1b.svg)](https://arxiv.org/abs/2602.00002)

+ [Three: Interaction](https://arxiv.org/abs/2601.00003) (Jan., 2026) \x20
  [![Star](https://img.shields.io/github/stars/a/Three.svg?style=social)](https://github.com/a/Three)
  [![arXiv](https://img.shields.io/badge/arXiv-b31b1b.svg)](https://arxiv.org/abs/2601.00003)
""",
        Form.BULLETS,
        3,
        3,
        (
            f"+ [{TITLE}]({URL}) (Jun., 2026)  ",
            f"  [![arXiv](https://img.shields.io/badge/arXiv-b31b1b.svg)]({URL})",
        ),
        above="### Generation",
    ),
    "the month in the label of the link": Known(
        """# Papers

## Images
- *Pixels to Pixels* [[arxiv, 16.11]](https://arxiv.org/abs/1611.00001)
- *Three Nets* [[arxiv, 17.03]](https://arxiv.org/abs/1703.00002)
- *Cycles of Nets* [[arxiv, 17.03]](https://arxiv.org/abs/1703.00003)
""",
        Form.BULLETS,
        3,
        3,
        (f"- *{TITLE}* [[arxiv, 26.06]]({URL})",),
        above="- *Cycles of Nets* [[arxiv, 17.03]](https://arxiv.org/abs/1703.00003)",
        order=Order.OLDEST_FIRST,
    ),
    "links that stand together, code seldom": Known(
        """# Speech

- [2024/12] **OneCodec: Few Tokens** [[paper](https://arxiv.org/abs/2412.00001)][[code](https://github.com/a/one)][[demo](https://a.github.io/one)] `soon`
- [2024/11] **Two Streams of Sound** [[paper](https://arxiv.org/abs/2411.00002)][[demo](https://a.github.io/two)]
- [2024/10] **Three Codecs for Speech** [[paper](https://arxiv.org/abs/2410.00003)]
- [2024/09] **Four Words at Once** [[paper](https://arxiv.org/abs/2409.00004)][[code](https://github.com/a/four)]
""",
        Form.BULLETS,
        4,
        4,
        (f"- [2026/06] **{TITLE}** [[paper]({URL})]",),
        above="",
    ),
    "venues as headings, and one for preprints": Known(
        """# Vision

## CVPR 2025
- Sixteen by Sixteen Words [[paper](https://arxiv.org/abs/2501.00001)]
- Windows that Shift [[paper](https://arxiv.org/abs/2412.00002)]
- Patches of Images [[paper](https://arxiv.org/abs/2411.00003)]
## arXiv papers
- Tokens to Tokens [[paper](https://arxiv.org/abs/2505.00004)]
- Distilled Tokens [[paper](https://arxiv.org/abs/2504.00007)]
## NeurIPS 2024
- Pyramids without Convolution [[paper](https://arxiv.org/abs/2405.00005)]
- Attention in Trees [[paper](https://arxiv.org/abs/2404.00006)]
""",
        Form.BULLETS,
        7,
        7,
        (f"- {TITLE} [[paper]({URL})]",),
        above="## arXiv papers",
        sections=Sections.TOPIC,
    ),
    "numbers counted in one section, all one in others": Known(
        """# Models

## Evaluation

1. **"Robust Parsing"**. *Ada Lovelace et al*. EACL 2023. [[Paper](https://arxiv.org/abs/2301.00001)]
2. **"Benchmarks of Chat"**. *Alan Turing et al*. arXiv 2023. [[Paper](https://arxiv.org/abs/2305.00002)]
3. **"Chains of Utterances"**. *Emmy Noether et al*. arXiv 2023. [[Paper](https://arxiv.org/abs/2308.00003)]
4. **"Editing of Knowledge"**. *Taro Yamada et al*. arXiv 2024. [[Paper](https://arxiv.org/abs/2401.00004)]

## Data

1. **"Corpora of the Web"**. *Ada Lovelace et al*. arXiv 2022. [[Paper](https://arxiv.org/abs/2203.00005)]
1. **"Deduplication of Pages"**. *Alan Turing et al*. ACL 2022. [[Paper](https://arxiv.org/abs/2204.00006)]
1. **"Guides to Data"**. *Emmy Noether et al*. arXiv 2023. [[Paper](https://arxiv.org/abs/2305.00007)]
""",
        Form.BULLETS,
        7,
        7,
        (f'5. **"{TITLE}"**. *Sato et al.* arXiv 2026. [[Paper]({URL})]',),
        above='4. **"Editing of Knowledge"**. *Taro Yamada et al*. arXiv 2024. [[Paper](https://arxiv.org/abs/2401.00004)]',
        order=Order.OLDEST_FIRST,
        sections=Sections.TOPIC,
    ),
    "paragraphs of several lines": Known(
        """# Proteins

[Reviews](#reviews)

### Reviews

**Learning for Enzymes.** \x20
Ada Lovelace, Alan Turing & Grace Hopper. \x20
*Nature Methods, October 2023.* \x20
[[10.1038/s41592-023-00001-0](https://doi.org/10.1038/s41592-023-00001-0)]

**Generation of Antibodies at Scale.** \x20
Taro Yamada, Hanako Sato. \x20
*Preprint, May 2023.* \x20
[[arxiv](https://arxiv.org/abs/2305.00002)]

**Sequences as Sentences.** \x20
Emmy Noether, Ada Lovelace. \x20
*Preprint, February 2023.* \x20
[[arxiv](https://arxiv.org/abs/2302.00003)]

## Contributing

**Please open an issue** for papers like [this one](https://arxiv.org/abs/2302.00009).
""",
        Form.PARAGRAPHS,
        3,
        3,
        (f"**{TITLE}.**  ", "Sato et al.  ", "*Preprint, June 2026.*  ", f"[[arxiv]({URL})]"),
        above="",
    ),
    "titles in bold above lists of links": Known(
        """# 论文

## 3DGS

**One: Structured Gaussians**

- Homepage: https://a.github.io/one/
- Paper: https://arxiv.org/abs/2312.00001
- Code: https://github.com/a/one

**Two Splats for Humans**

- Paper: https://arxiv.org/abs/2312.00002
- Code: https://github.com/a/two

**Three Views of a Scene**

- Homepage: https://c.github.io/three/
- Paper: https://arxiv.org/abs/2401.00003

## Others

**Four Corners of a Room**

- Paper: https://arxiv.org/abs/2402.00004
""",
        Form.PARAGRAPHS,
        4,
        4,
        (f"**{TITLE}**", f"- Paper: {URL}"),
        above="",
        order=Order.OLDEST_FIRST,
        sections=Sections.TOPIC,
    ),
    "a nested line of a label that is nobody's field": Known(
        """# Models of worlds

## 2025

- [Stable Planning](https://arxiv.org/abs/2510.00001)
  - Ada Lovelace, Alan Turing
  - Key: visual planning, latent states
  - ExpEnv: chess, shogi, go, [atari](https://github.com/openai/gym)

- [Off-policy Worlds](https://arxiv.org/abs/2509.00002)
  - Grace Hopper, Emmy Noether
  - Key: exploration, diffusion
  - ExpEnv: mujoco, sparse reward tasks
  - Code: [Official](https://github.com/a/worlds)
""",
        Form.BULLETS,
        2,
        2,
        ("## 2026", f"- [{TITLE}]({URL})", "  - Sato et al.", "  - Key: 世界モデル、計画"),
        above="",
        sections=Sections.YEAR,
    ),
    "short names that link to the papers": Known(
        """# General worlds

## Video

| Methods | Task | Github |
|:-----:|:-----:|:-----:|
| [GAN-V](https://www.ijcai.org/Proceedings/2019/0001.pdf) | T2V | - |
| [VidOne](https://arxiv.org/abs/2104.00002) | C2V | [![Star](https://img.shields.io/github/stars/a/VidOne.svg)](https://github.com/a/VidOne)|
| [VidTwo](https://arxiv.org/abs/2205.00003) | T2V | - |
""",
        Form.TABLE,
        3,
        2,
        (f"| [{TITLE}]({URL}) |  | - |",),
        above="| [VidTwo](https://arxiv.org/abs/2205.00003) | T2V | - |",
        order=Order.OLDEST_FIRST,
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
LINKS = """# Splats

## Talks

- [Ready for a Standard](https://example.org/watch/1) - Forum 1/28/2025
- [Integration Guide](https://example.org/watch/2) - Forum 5/6/2025

## Tools

- [Viewer 0](https://example.org/0) - shows splats\n- [Viewer 1](https://example.org/1) - shows splats\n- [Viewer 2](https://example.org/2) - shows splats\n- [Viewer 3](https://example.org/3) - shows splats\n- [Viewer 4](https://example.org/4) - shows splats\n- [Viewer 5](https://example.org/5) - shows splats\n- [Viewer 6](https://example.org/6) - shows splats\n- [Viewer 7](https://example.org/7) - shows splats\n- [Viewer 8](https://example.org/8) - shows splats\n"""
SECTIONS = "# The year\n" + "".join(
    f"""
## Reasoning by Acting, Part {n} [{n}]

* [A short film](https://example.org/{n}) - Video
* [Reasoning by Acting, Part {n}](https://arxiv.org/abs/2210.0000{n}) - The paper
"""
    for n in range(1, 5)
)
