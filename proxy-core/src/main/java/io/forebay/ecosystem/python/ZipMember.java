package io.forebay.ecosystem.python;

/**
 * One entry of a zip file's central directory.
 *
 * @param name as the archive has it
 * @param flags general purpose bits
 * @param method 0 stored, 8 deflated
 * @param compressed size in bytes as stored
 * @param size in bytes when unpacked
 * @param header offset of the local header
 */
record ZipMember(String name, int flags, int method, long crc, long compressed, long size, long header) {
    boolean isEncrypted() {
        return (flags & 1) != 0;
    }
}
