package io.carillon.log;

/** What became of the wish to read a part of a copy. */
public sealed interface CopyAnswer permits CopyAnswer.Part, CopyAnswer.NotYet, CopyEnded {
    /**
     * A part of a file.
     *
     * @param bytes empty when only the checksum was asked for
     * @param crc CRC-32C of the part
     */
    @SuppressWarnings("ArrayRecordComponent") // a carrier of bytes that is never compared
    record Part(byte[] bytes, int crc) implements CopyAnswer {}

    /** The part is not on disk yet; it soon will be. */
    record NotYet() implements CopyAnswer {}
}
