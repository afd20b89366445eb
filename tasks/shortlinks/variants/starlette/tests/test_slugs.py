import pytest

from shorty.slugs import ALPHABET, LENGTH, RESERVED, check_wish, new_slug, normal


def test_new_slugs_are_all_different_and_use_the_whole_alphabet() -> None:
    made = [new_slug() for _ in range(300)]
    assert len(set(made)) == 300
    assert {len(slug) for slug in made} == {LENGTH}
    assert set("".join(made)) == set(ALPHABET)
    assert LENGTH >= 8


@pytest.mark.parametrize(
    ("text", "slug"), [("abc", "abc"), ("A-_", "a-_"), ("0" * 32, "0" * 32), ("Spring-24", "spring-24")]
)
def test_forms(text: str, slug: str) -> None:
    assert normal(text) == check_wish(text) == slug


@pytest.mark.parametrize("text", ["", "ab", "0" * 33, "-abc", "_abc", "a.c", "abc\n", "ab\u212a", "ab\u017f", "abé"])
def test_other_forms(text: str) -> None:
    assert normal(text) is None
    with pytest.raises(ValueError, match="expected 3 to 32"):
        check_wish(text)


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_reserved_words(word: str) -> None:
    for spelling in (word, word.title()):
        with pytest.raises(ValueError, match="reserved"):
            check_wish(spelling)


def test_the_reserved_words_are_those_of_the_instruction() -> None:
    words = "admin api health help links login logout root static stats support www"
    assert sorted(RESERVED) == words.split()
