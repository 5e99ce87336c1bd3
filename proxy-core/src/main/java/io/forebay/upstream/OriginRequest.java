package io.forebay.upstream;

import java.net.URI;
import java.util.Map;

/**
 * A question to an origin.
 *
 * @param source name of the source: its credentials, proxy, certificates and allowed hosts apply
 * @param headers names in lower case; nothing of a client is in here that an allow-list did not let through
 * @param head HEAD instead of GET
 */
public record OriginRequest(String source, URI url, Map<String, String> headers, boolean head) {
    public OriginRequest {
        headers = Map.copyOf(headers);
    }

    public static OriginRequest get(String source, URI url, Map<String, String> headers) {
        return new OriginRequest(source, url, headers, false);
    }
}
