"""The cache of whatever outlives a request: bounded in bytes, and by use."""

from loaders.lru_cache import LruCache


def test_what_was_used_longest_ago_makes_room() -> None:
    cache: LruCache[str, str] = LruCache(100)
    cache.put("a", "first", 40)
    cache.put("b", "second", 40)
    assert cache.get("a") == "first"

    cache.put("c", "third", 40)

    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("first", None, "third")
    assert cache.size == 80


def test_what_grows_makes_others_go() -> None:
    cache: LruCache[str, str] = LruCache(100)
    cache.put("a", "first", 40)
    cache.put("b", "second", 40)

    cache.grow("b", 50)
    cache.grow("a", 1_000)  # gone already

    assert (cache.get("a"), cache.get("b"), cache.size) == (None, "second", 90)


def test_a_value_put_anew_counts_once() -> None:
    cache: LruCache[str, str] = LruCache(100)
    for number in range(10):
        assert cache.put("a", f"{number}", 60) == f"{number}"

    assert (len(cache), cache.size, cache.get("a")) == (1, 60, "9")


def test_what_is_larger_than_the_cache_is_not_kept() -> None:
    cache: LruCache[str, str] = LruCache(100)
    cache.put("a", "first", 40)

    cache.put("b", "second", 101)

    assert (len(cache), cache.size) == (0, 0)
