package io.carillon.remoting;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads the protocol's binary header; numbers are big-endian.
 *
 * <pre>
 * int16 code, int8 language, int16 version, int32 opaque, int32 flag,
 * int32 remark length, remark, int32 length of all fields,
 * then per field: int16 key length, key, int32 value length, value
 * </pre>
 */
final class BinaryHeaderParser {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final int FIXED_BYTES = 21; // up to the remark, and the length of the fields after it

    private BinaryHeaderParser() {}

    static void parse(byte[] bytes, int length, Header into) {
        if (length < FIXED_BYTES) {
            throw new MalformedFrame("binary header of " + length + " bytes");
        }
        into.flag = (int) INT.get(bytes, 9);
        into.code = code((short) SHORT.get(bytes, 0), into);
        into.language(bytes[2]);
        into.version = (short) SHORT.get(bytes, 3);
        into.opaque = (int) INT.get(bytes, 5);
        int remarkLength = (int) INT.get(bytes, 13);
        if (remarkLength < 0 || remarkLength > length - FIXED_BYTES) {
            throw new MalformedFrame("binary header with a remark of " + remarkLength + " bytes");
        }
        if (remarkLength > 0) {
            into.remark(17, remarkLength);
        }
        int fieldsAt = FIXED_BYTES + remarkLength;
        int fieldsLength = (int) INT.get(bytes, fieldsAt - 4);
        if (fieldsLength < 0 || fieldsLength > length - fieldsAt) {
            throw new MalformedFrame("binary header with fields of " + fieldsLength + " bytes");
        }
        fields(bytes, fieldsAt, fieldsAt + fieldsLength, into);
    }

    /** Codes of the POP family do not fit in 16 bits: what is left of them is no other code and stands for them. */
    private static int code(int code, Header header) {
        boolean isCut = (code >= 3442 && code <= 3447) || code == 3543;
        return isCut && !header.isResponse() ? code + 196_608 : code;
    }

    private static void fields(byte[] bytes, int from, int end, Header into) {
        int at = from;
        while (at < end) {
            int keyLength = end - at < 2 ? -1 : (short) SHORT.get(bytes, at);
            int keyAt = at + 2;
            if (keyLength < 0 || keyLength > end - keyAt - 4) {
                throw new MalformedFrame("binary header with a key of " + keyLength + " bytes");
            }
            int valueLength = (int) INT.get(bytes, keyAt + keyLength);
            int valueAt = keyAt + keyLength + 4;
            if (valueLength < 0 || valueLength > end - valueAt) {
                throw new MalformedFrame("binary header with a value of " + valueLength + " bytes");
            }
            into.add(keyAt, keyLength, valueAt, valueLength);
            at = valueAt + valueLength;
        }
    }
}
