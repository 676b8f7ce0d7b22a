import ctypes

from pipelines import memory


def test_freed_memory_is_handed_back_where_the_c_library_keeps_it(monkeypatch):
    asked = []

    class Glibc:
        def malloc_trim(self, keep: int) -> int:
            asked.append(keep)
            return 1

    monkeypatch.setattr(ctypes, "CDLL", lambda _: Glibc())
    monkeypatch.setattr(memory.platform, "libc_ver", lambda: ("glibc", "2.36"))
    assert memory.give_back()
    assert asked == [0]


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(memory.platform, "libc_ver", lambda: ("", ""))
    assert not memory.give_back()
