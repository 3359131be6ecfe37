"""What is only spelled otherwise is the same venue; a neighbor, another year or another journal is not."""

from __future__ import annotations

import pytest

from watcher.domain.catalog.venue import same_venue


@pytest.mark.parametrize(
    ("cell", "venue"),
    [
        ("Advances in Neural Information Processing Systems", "NeurIPS 2023"),
        ("Advances in Neural Information Processing Systems 36", "NeurIPS 2023"),
        ("NIPS 2023", "NeurIPS 2023"),
        ("NeurIPS'23 (Spotlight)、実装公開", "NeurIPS 2023"),
        ("Proceedings of the 37th Conference on Neural Information Processing Systems (NeurIPS)", "NeurIPS 2023"),
        ("EMNLP (Findings) 2023", "EMNLP 2023 Findings"),
        ("Findings of the Association for Computational Linguistics: EMNLP 2023", "EMNLP 2023 Findings"),
        ("Annual Meeting of the Association for Computational Linguistics (Volume 1: Long Papers)", "ACL 2024"),
        ("CVPR", "CVPR 2023"),
        ("IEEE/CVF Conference on Computer Vision and Pattern Recognition, 2023", "CVPR 2023"),
        ("AAAI-23", "AAAI 2023"),
        ("37th AAAI Conference on Artificial Intelligence", "AAAI 2023"),
        ("NAACL-HLT 2024", "NAACL 2024"),
        ("LREC-COLING 2024", "LREC 2024"),
        ("Proc. Interspeech 2023", "INTERSPEECH 2023"),
        ("The Web Conference 2023 (WWW)", "WWW 2023"),
        ("Educational Data Mining 2026", "Educational Data Mining"),
        ("Transactions on Machine Learning Research (2023)", "TMLR"),
        ("J. Mach. Learn. Res. 24 (2023)", "JMLR"),
        ("Nature Machine Intelligence 5, 2023", "Nature Machine Intelligence 5, 161-169 (2023)"),
        ("Nat. Mach. Intell. 2023", "Nature Machine Intelligence"),
        ("Accepted by Nature Communications", "Nature Communications"),
        ("Phys. Rev. Lett. 130, 010001 (2023)", "Physical Review Letters"),
        ("PNAS 120(5)", "Proceedings of the National Academy of Sciences of the United States of America"),
        ("Proc. Natl. Acad. Sci. 120", "Proceedings of the National Academy of Sciences"),
        ("IEEE TPAMI 2023", "IEEE Transactions on Pattern Analysis and Machine Intelligence"),
        (
            "IEEE Trans. Pattern Anal. Mach. Intell. 45(3)",
            "IEEE Transactions on Pattern Analysis and Machine Intelligence",
        ),
        ("RA-L 2023", "IEEE Robotics and Automation Letters"),
        ("IEEE/ACM TASLP 31", "IEEE/ACM Transactions on Audio, Speech, and Language Processing"),
        ("JAMA Netw Open. 2023;6(5)", "JAMA Network Open"),
    ],
)
def test_a_venue_is_known_however_it_is_spelled(cell: str, venue: str) -> None:
    assert same_venue(cell, venue)
    assert same_venue(venue, cell)


@pytest.mark.parametrize(
    ("cell", "venue"),
    [
        ("ICLR 2023", "ICLR 2024"),
        ("Advances in Neural Information Processing Systems 35", "NeurIPS 2023"),
        ("ICML 2023", "2023 International Conference on Machine Learning and Applications (ICMLA)"),
        ("Nature 2023", "Nature Communications"),
        ("Nature Communications 2023", "Nature"),
        ("Accepted by Nature Communications", "Nature"),
        ("Science 379", "Science Robotics 8, eabc (2023)"),
        ("Cell", "Cell Reports"),
        ("BMJ 2023", "BMJ Open"),
        ("Machine Learning 112", "Journal of Machine Learning Research"),
        ("Neural Networks", "IEEE Transactions on Neural Networks and Learning Systems"),
        ("Nature Machine Intelligence 2022", "Nature Machine Intelligence 5, 161-169 (2023)"),
        ("Educational Data Mining 2026", "Educational Data Mining 2025"),
        ("人工知能学会論文誌", "NeurIPS 2023"),
        ("", "NeurIPS 2023"),
    ],
)
def test_a_neighbor_is_another_venue(cell: str, venue: str) -> None:
    assert not same_venue(cell, venue)
    assert not same_venue(venue, cell)
