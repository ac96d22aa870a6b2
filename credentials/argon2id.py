"""Argon2id with its own secret input, which argon2-cffi offers on its lowest floor only."""

from _argon2_cffi_bindings import ffi, lib
from argon2.exceptions import HashingError
from argon2.low_level import Type, core, error_to_str

from credentials.hash_parameters import HashParameters
from credentials.phc import TAG_BYTES, VERSION


def argon2id(password: bytes, salt: bytes, key: bytes, parameters: HashParameters) -> bytes:
    """Compute a keyed Argon2id hash (RFC 9106), with the interpreter's lock released.

    Args:
        password: The message P, of any length.
        salt: The salt S, 8 bytes or more.
        key: The secret value K, empty for none: the keyed step of NIST SP 800-63B-4 section 3.1.1.2.
        parameters: The cost; its memory is taken for the time of the call.

    Returns:
        The tag, 32 bytes.

    Raises:
        argon2.exceptions.HashingError: Argon2 refused, as where there is not the memory.
    """
    tag = ffi.new("uint8_t[]", TAG_BYTES)
    inputs = {name: ffi.new("uint8_t[]", data) for name, data in _inputs(password, salt, key)}
    context = ffi.new(
        "argon2_context *",
        {
            "out": tag,
            "outlen": TAG_BYTES,
            **inputs,
            **{f"{name}len": len(data) for name, data in _inputs(password, salt, key)},
            "t_cost": parameters.time_cost,
            "m_cost": parameters.memory_kib,
            "lanes": parameters.parallelism,
            "threads": parameters.parallelism,
            "version": VERSION,
            # Argon2 wipes our copies of both once it has read them.
            "flags": lib.ARGON2_FLAG_CLEAR_PASSWORD | lib.ARGON2_FLAG_CLEAR_SECRET,
        },
    )
    code = core(context, Type.ID.value)
    if code != lib.ARGON2_OK:
        raise HashingError(error_to_str(code))
    return bytes(ffi.buffer(tag, TAG_BYTES))


def _inputs(password: bytes, salt: bytes, key: bytes) -> list[tuple[str, bytes]]:
    return [("pwd", password), ("salt", salt), ("secret", key)]
