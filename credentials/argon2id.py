"""Argon2id with its own secret input, which argon2-cffi offers on its lowest floor only."""

from _argon2_cffi_bindings import ffi, lib
from argon2.exceptions import HashingError
from argon2.low_level import Type, core, error_to_str

from credentials.arena import Arena
from credentials.hash_parameters import HashParameters
from credentials.phc import TAG_BYTES, VERSION


def argon2id(password: bytes, salt: bytes, key: bytes, parameters: HashParameters, arena: Arena) -> bytes:
    """Compute a keyed Argon2id hash (RFC 9106), with the interpreter's lock released.

    Args:
        password: The message P, of any length.
        salt: The salt S, 8 bytes or more.
        key: The secret value K, empty for none: the keyed step of NIST SP 800-63B-4 section 3.1.1.2.
        parameters: The cost.
        arena: Where it is computed; it is wiped afterwards.

    Returns:
        The tag, 32 bytes.

    Raises:
        argon2.exceptions.HashingError: Argon2 refused, as where the arena has not the room.
    """
    tag = ffi.new("uint8_t[]", TAG_BYTES)
    texts = {"pwd": password, "salt": salt, "secret": key}
    inputs = {name: ffi.new("uint8_t[]", data) for name, data in texts.items()}
    context = ffi.new(
        "argon2_context *",
        {
            "out": tag,
            "outlen": TAG_BYTES,
            **inputs,
            **{f"{name}len": len(data) for name, data in texts.items()},
            "t_cost": parameters.time_cost,
            "m_cost": parameters.memory_kib,
            "lanes": parameters.parallelism,
            "threads": parameters.parallelism,
            "version": VERSION,
            **arena.callbacks,
            # Argon2 wipes our copies of both once it has read them.
            "flags": lib.ARGON2_FLAG_CLEAR_PASSWORD | lib.ARGON2_FLAG_CLEAR_SECRET,
        },
    )
    code = core(context, Type.ID.value)
    if code != lib.ARGON2_OK:
        raise HashingError(error_to_str(code))
    return bytes(ffi.buffer(tag, TAG_BYTES))
