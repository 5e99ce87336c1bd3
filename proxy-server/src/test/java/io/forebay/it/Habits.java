package io.forebay.it;

import java.util.List;

/** What each client sends beside the path, line by line as recorded. Host is left out. */
final class Habits {
    private static final String PIP_DATA = " {\"ci\":null,\"cpu\":\"x86_64\",\"distro\":{\"id\":\"bookworm\",\"libc\":"
            + "{\"lib\":\"glibc\",\"version\":\"2.36\"},\"name\":\"Debian GNU/Linux\",\"version\":\"12\"},\"implementation\":"
            + "{\"name\":\"CPython\",\"version\":\"3.11.7\"},\"installer\":{\"name\":\"pip\",\"version\":\"23.2.1\"},"
            + "\"openssl_version\":\"OpenSSL 3.0.19 27 Jan 2026\",\"python\":\"3.11.7\",\"rustc_version\":\"1.95.0\","
            + "\"setuptools_version\":\"65.5.0\",\"system\":{\"name\":\"Linux\",\"release\":\"6.1.0-28-amd64\"}}";
    private static final String PIP_ACCEPT = "Accept: application/vnd.pypi.simple.v1+json,"
            + " application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";
    private static final String ANY = "Accept: */*";
    private static final String KEEP = "Connection: keep-alive";

    static final List<String> PIP_23_PAGE = List.of(
            "User-Agent: pip/23.2.1" + PIP_DATA,
            "Accept-Encoding: gzip, deflate",
            PIP_ACCEPT,
            KEEP,
            "Cache-Control: max-age=0");
    static final List<String> PIP_23_FILE =
            List.of("User-Agent: pip/23.2.1" + PIP_DATA, "Accept-Encoding: identity", ANY, KEEP);
    static final List<String> PIP_26_PAGE =
            List.of("User-Agent: pip/26.2.1" + PIP_DATA, "Accept-Encoding: gzip, deflate", PIP_ACCEPT, KEEP);
    static final List<String> PIP_26_FILE =
            List.of("User-Agent: pip/26.2.1" + PIP_DATA, "Accept-Encoding: identity", ANY, KEEP);

    static final List<String> UV_PAGE = List.of(
            "User-Agent: uv/0.12.5 {\"installer\":{\"name\":\"uv\",\"version\":\"0.12.5\",\"subcommand\":[\"sync\"]}}",
            "Accept: application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01",
            "Accept-Encoding: gzip, deflate, zstd");
    static final List<String> UV_FILE = List.of(
            "User-Agent: uv/0.12.5 {\"installer\":{\"name\":\"uv\",\"version\":\"0.12.5\",\"subcommand\":[\"sync\"]}}",
            ANY,
            "Accept-Encoding: identity");
    static final List<String> UV_PUBLISH =
            List.of("User-Agent: uv/0.12.5", "Accept: application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7");

    static final List<String> POETRY_1 =
            List.of("User-Agent: python-requests/2.28.1", "Accept-Encoding: gzip, deflate", ANY, KEEP);
    static final List<String> POETRY_2_PAGE = List.of(
            "User-Agent: poetry/2.4.0 CPython/3.11.2",
            "Accept-Encoding: gzip, deflate",
            "Accept: application/vnd.pypi.simple.v1+json, */*;q=0.1",
            KEEP);
    static final List<String> POETRY_2_FILE =
            List.of("User-Agent: poetry/2.4.0 CPython/3.11.2", "Accept-Encoding: Identity", ANY, KEEP);

    static final List<String> PDM_PAGE = List.of(
            "User-Agent: pdm/2.2.1 CPython/3.11.2",
            "Accept-Encoding: gzip, deflate",
            PIP_ACCEPT,
            KEEP,
            "Cache-Control: max-age=0");
    static final List<String> PDM_FILE =
            List.of("User-Agent: pdm/2.2.1 CPython/3.11.2", "Accept-Encoding: gzip, deflate", ANY, KEEP);

    static final List<String> TWINE = List.of(
            "User-Agent: twine/4.0.2 CPython/3.11.2",
            "Accept-Encoding: gzip, deflate",
            ANY,
            KEEP,
            "Authorization: Basic dTpw");

    static final List<String> R_INDEX = List.of("User-Agent: libcurl/7.88.1", ANY, "Pragma: no-cache");
    static final List<String> R_FILE = List.of("User-Agent: libcurl/7.88.1", ANY);
    static final List<String> WGET_INDEX = List.of(
            "Cache-Control: no-cache",
            "Pragma: no-cache",
            "User-Agent: Wget/1.21.3",
            ANY,
            "Accept-Encoding: identity",
            "Connection: Keep-Alive");
    static final List<String> PAK = List.of(
            "User-Agent: R (4.2.2 x86_64-pc-linux-gnu x86_64 linux-gnu)",
            ANY,
            "Accept-Encoding: deflate, gzip, br, zstd");
    static final List<String> RENV =
            List.of("User-Agent: renv (1.2.4.9000); R (4.2.2 x86_64-pc-linux-gnu x86_64 linux-gnu)", ANY);

    private Habits() {}
}
