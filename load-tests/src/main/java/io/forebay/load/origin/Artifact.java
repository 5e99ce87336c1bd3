package io.forebay.load.origin;

/**
 * A package file: where the origin has it and what it holds. Immutable.
 *
 * @param path at the origin
 * @param name of the file
 * @param length bytes
 * @param digests of the bytes
 */
public record Artifact(String path, String name, int length, Digests digests) {
    static Artifact of(String directory, FileBody body) {
        return new Artifact(directory + body.name(), body.name(), body.length(), body.digests());
    }

    FileBody body() {
        return new FileBody(name, length);
    }
}
