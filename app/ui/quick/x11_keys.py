"""Keys of the whole X11 screen: grabbed over a connection of our own, listened to on a thread of our own.

libxcb is what Qt itself uses here. It answers each request by itself, where Xlib has one error handler for the whole
process, which ends it by default.
"""

from __future__ import annotations

import ctypes
import logging
import os
import select
import threading
from collections.abc import Callable
from ctypes import POINTER, c_char_p, c_int, c_uint8, c_uint16, c_uint32, c_void_p

from app.ui.quick.keys import X_LOCKS, Combination

_KEY_PRESS = 2
_ASYNC = 1  # XCB_GRAB_MODE_ASYNC
_JOIN_S = 2.0

_log = logging.getLogger(__name__)


class Refused(Exception):
    """Another program has these keys, or no key of this keyboard makes them."""


class Unavailable(Exception):
    """There is no X11 here to talk to."""


class _Cookie(ctypes.Structure):
    _fields_ = (("sequence", ctypes.c_uint),)


class _Setup(ctypes.Structure):
    """xproto.h, xcb_setup_t."""

    _fields_ = (
        ("status", c_uint8),
        ("pad0", c_uint8),
        ("major", c_uint16),
        ("minor", c_uint16),
        ("length", c_uint16),
        ("release_number", c_uint32),
        ("resource_id_base", c_uint32),
        ("resource_id_mask", c_uint32),
        ("motion_buffer_size", c_uint32),
        ("vendor_len", c_uint16),
        ("maximum_request_length", c_uint16),
        ("roots_len", c_uint8),
        ("pixmap_formats_len", c_uint8),
        ("image_byte_order", c_uint8),
        ("bitmap_format_bit_order", c_uint8),
        ("bitmap_format_scanline_unit", c_uint8),
        ("bitmap_format_scanline_pad", c_uint8),
        ("min_keycode", c_uint8),
        ("max_keycode", c_uint8),
    )


class _ScreenIterator(ctypes.Structure):
    _fields_ = (("data", POINTER(c_uint32)), ("rem", c_int), ("index", c_int))


class _Mapping(ctypes.Structure):
    """xproto.h, xcb_get_keyboard_mapping_reply_t."""

    _fields_ = (
        ("response_type", c_uint8),
        ("keysyms_per_keycode", c_uint8),
        ("sequence", c_uint16),
        ("length", c_uint32),
    )


class X11Keys:
    """Calls `pressed` on its thread until it is closed. Raises Refused or Unavailable."""

    def __init__(self, combination: Combination, pressed: Callable[[], None]) -> None:
        self._xcb, self._free = _library()
        self._pressed = pressed
        self._connection = c_void_p(self._xcb.xcb_connect(None, None))
        try:
            if self._xcb.xcb_connection_has_error(self._connection):
                raise Unavailable
            self._grab(combination)
        except (Refused, Unavailable):
            self._xcb.xcb_disconnect(self._connection)
            raise
        self._awake, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._run, name="paddock-keys", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Gives the keys back."""
        os.write(self._wake, b"\0")
        self._thread.join(_JOIN_S)
        os.close(self._wake)
        os.close(self._awake)
        self._xcb.xcb_disconnect(self._connection)

    def _grab(self, combination: Combination) -> None:
        setup = self._xcb.xcb_get_setup(self._connection)
        root = self._xcb.xcb_setup_roots_iterator(setup).data[0]
        codes = self._codes(setup.contents, combination.keysym)
        if not codes:
            raise Refused
        for code in codes:
            for lock in X_LOCKS:
                cookie = self._xcb.xcb_grab_key_checked(
                    self._connection, 0, root, combination.x_modifiers | lock, code, _ASYNC, _ASYNC
                )
                if error := self._xcb.xcb_request_check(self._connection, cookie):
                    self._free(error)
                    raise Refused

    def _codes(self, setup: _Setup, keysym: int) -> list[int]:
        """The keys that make this symbol without Shift."""
        first, count = setup.min_keycode, setup.max_keycode - setup.min_keycode + 1
        cookie = self._xcb.xcb_get_keyboard_mapping(self._connection, first, count)
        reply = self._xcb.xcb_get_keyboard_mapping_reply(self._connection, cookie, None)
        if not reply or not keysym:
            return []
        each = reply.contents.keysyms_per_keycode
        symbols = self._xcb.xcb_get_keyboard_mapping_keysyms(reply)
        codes = [first + number for number in range(count) if each and symbols[number * each] == keysym]
        self._free(ctypes.cast(reply, c_void_p))
        return codes

    def _run(self) -> None:
        descriptor = self._xcb.xcb_get_file_descriptor(self._connection)
        while True:
            while event := self._xcb.xcb_poll_for_event(self._connection):
                kind = ctypes.cast(event, POINTER(c_uint8))[0] & 0x7F
                self._free(event)
                if kind == _KEY_PRESS:
                    self._pressed()
            if self._xcb.xcb_connection_has_error(self._connection):
                _log.warning("the connection for keys of the whole screen broke")
                return
            ready, _none, _none = select.select([descriptor, self._awake], [], [])
            if self._awake in ready:
                return


def _library() -> tuple[ctypes.CDLL, Callable[[c_void_p], None]]:
    """Raises Unavailable."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
        free = ctypes.CDLL(None).free
    except (OSError, AttributeError) as error:
        raise Unavailable from error
    free.argtypes, free.restype = (c_void_p,), None
    for name, result, arguments in (
        ("xcb_connect", c_void_p, (c_char_p, POINTER(c_int))),
        ("xcb_connection_has_error", c_int, (c_void_p,)),
        ("xcb_disconnect", None, (c_void_p,)),
        ("xcb_get_setup", POINTER(_Setup), (c_void_p,)),
        ("xcb_setup_roots_iterator", _ScreenIterator, (POINTER(_Setup),)),
        ("xcb_get_keyboard_mapping", _Cookie, (c_void_p, c_uint8, c_uint8)),
        ("xcb_get_keyboard_mapping_reply", POINTER(_Mapping), (c_void_p, _Cookie, c_void_p)),
        ("xcb_get_keyboard_mapping_keysyms", POINTER(c_uint32), (POINTER(_Mapping),)),
        (
            "xcb_grab_key_checked",
            _Cookie,
            (c_void_p, c_uint8, c_uint32, c_uint16, c_uint8, c_uint8, c_uint8),
        ),
        ("xcb_request_check", c_void_p, (c_void_p, _Cookie)),
        ("xcb_poll_for_event", c_void_p, (c_void_p,)),
        ("xcb_get_file_descriptor", c_int, (c_void_p,)),
    ):
        function = getattr(xcb, name)
        function.restype, function.argtypes = result, arguments
    return xcb, free
