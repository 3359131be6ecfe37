"""Names and keys that services have for a venue become the catalog's, and what is not known becomes nothing."""

from __future__ import annotations

import pytest

from watcher.domain.catalog.venue import acl_venue, dblp_venue, named_venue, paper_length


@pytest.mark.parametrize(
    ("key", "venue"),
    [
        ("conf/iclr/GurneeT24", "ICLR 2024"),
        ("conf/mm/GeHZLFZLT24", "ACM MM 2024"),
        ("conf/emnlp/ShuWMZ23", "EMNLP 2023"),
        ("journals/tmlr/GuZ25", "TMLR"),
        ("journals/corr/abs-2304-08485", ""),
        ("conf/ceurws/X23", ""),
        ("", ""),
    ],
)
def test_a_key_of_dblp_tells_the_venue(key: str, venue: str) -> None:
    assert dblp_venue(key) == venue


@pytest.mark.parametrize(
    ("key", "venue", "length"),
    [
        ("2023.findings-emnlp.504", "EMNLP 2023 Findings", ""),
        ("2023.emnlp-main.507", "EMNLP 2023", ""),
        ("2023.acl-short.53", "ACL 2023", "short"),
        ("2024.naacl-long.1", "NAACL 2024", "long"),
        ("2023.conll-1.25", "CoNLL 2023", ""),
        ("2024.tacl-1.5", "TACL", ""),
        ("2023.gem-1.31", "", ""),
        ("2024.lrec-main.592", "LREC 2024", ""),
        ("P19-1001", "", ""),
        ("<script>", "", ""),
    ],
)
def test_an_id_of_the_acl_anthology_tells_venue_and_length(key: str, venue: str, length: str) -> None:
    assert (acl_venue(key), paper_length(key)) == (venue, length)


@pytest.mark.parametrize(
    ("name", "venue"),
    [
        ("Neural Information Processing Systems", "NeurIPS"),
        ("NIPS", "NeurIPS"),
        ("Advances in Neural Information Processing Systems 37", "NeurIPS 2024"),
        ("Thirty-seventh Conference on Neural Information Processing Systems, 2023", "NeurIPS 2023"),
        ("UIST '23: The 36th Annual ACM Symposium on User Interface Software and Technology", "UIST 2023"),
        ("Proceedings of the 36th Annual ACM Symposium on User Interface Software and Technology", "UIST"),
        ("MM '24", "ACM MM 2024"),
        ("Findings of the Association for Computational Linguistics: EMNLP 2023", "EMNLP 2023 Findings"),
        ("Proceedings of the 2023 Conference on Empirical Methods in Natural Language Processing", "EMNLP 2023"),
        ("2025 IEEE/CVF Conference on Computer Vision and Pattern Recognition (CVPR)", "CVPR 2025"),
        ("Trans. Mach. Learn. Res.", "TMLR"),
        ("2023 IEEE/CVF Conference on Computer Vision and Pattern Recognition Workshops (CVPRW)", ""),
        ("International Conference on Machine Learning and Applications", ""),
        ("Asian Conference on Machine Learning", ""),
        ("IEEE Games Entertainment Media Conference", ""),
        ("IEEE Multimedia", ""),
        ("Companion Proceedings of the ACM Web Conference 2024", ""),
        ("Extended Abstracts of the 2023 CHI Conference on Human Factors in Computing Systems", ""),
        ("SA '23", ""),
        ("arXiv.org", ""),
        ("", ""),
    ],
)
def test_a_name_is_known_only_as_a_whole(name: str, venue: str) -> None:
    assert named_venue(name) == venue


def test_a_name_without_a_year_takes_that_of_its_publication() -> None:
    assert named_venue("Proceedings of the AAAI Conference on Artificial Intelligence", 2025) == "AAAI 2025"
    assert named_venue("Advances in Neural Information Processing Systems 36", 2024) == "NeurIPS 2023"
    assert named_venue("Transactions on Machine Learning Research", 2025) == "TMLR"
    assert paper_length("Proceedings of ACL (Volume 2: Short Papers)") == "short"
