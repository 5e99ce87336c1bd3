package io.forebay.model;

/**
 * The identity of one upstream resource: what flights are shared by, what the catalog has a row for.
 *
 * @param source name of the source
 * @param path what the resource is within the source, canonical: two paths of one object have one key
 * @param variant empty, or what else the origin's answer depends on (media type, platform of the client, date)
 */
public record ResourceKey(String source, String path, String variant) {
    /** A resource of which the origin has one variant. */
    public static ResourceKey of(String source, String path) {
        return new ResourceKey(source, path, "");
    }

    @Override
    public String toString() {
        return variant.isEmpty() ? source + ":" + path : source + ":" + path + " (" + variant + ")";
    }
}
