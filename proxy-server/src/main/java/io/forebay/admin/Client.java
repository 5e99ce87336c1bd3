package io.forebay.admin;

import io.forebay.repository.Repository;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Installers, and what their users paste to use a repository. */
enum Client {
    PIP("pip", "pypi") {
        @Override
        List<Snippet> lines(BaseUrl base, String url, String type) {
            String trusted = base.untrustedHost()
                    .map(host -> "trusted-host = " + host + "\n")
                    .orElse("");
            return List.of(
                    new Snippet("~/.config/pip/pip.conf", "[global]\nindex-url = " + simple(url) + "\n" + trusted),
                    new Snippet(
                            "once, on the command line",
                            "pip install --index-url " + simple(url)
                                    + base.untrustedHost()
                                            .map(host -> " --trusted-host " + host)
                                            .orElse("")
                                    + " PACKAGE"));
        }
    },
    UV("uv", "pypi") {
        @Override
        List<Snippet> lines(BaseUrl base, String url, String type) {
            return List.of(
                    new Snippet("~/.config/uv/uv.toml", "[[index]]\nurl = \"" + simple(url) + "\"\ndefault = true"),
                    new Snippet(
                            "pyproject.toml of one project",
                            "[[tool.uv.index]]\nname = \"forebay\"\nurl = \"" + simple(url) + "\"\ndefault = true"));
        }
    },
    POETRY("Poetry", "pypi") {
        @Override
        List<Snippet> lines(BaseUrl base, String url, String type) {
            return List.of(
                    new Snippet(
                            "pyproject.toml",
                            "[[tool.poetry.source]]\nname = \"forebay\"\nurl = \"" + simple(url)
                                    + "\"\npriority = \"primary\""),
                    new Snippet(
                            "or on the command line", "poetry source add --priority=primary forebay " + simple(url)));
        }
    },
    CONDA("conda, pip section", "pypi") {
        @Override
        List<Snippet> lines(BaseUrl base, String url, String type) {
            String trusted = base.untrustedHost()
                    .map(host -> "      - --trusted-host " + host + "\n")
                    .orElse("");
            return List.of(new Snippet(
                    "environment.yml",
                    "dependencies:\n  - python\n  - pip\n  - pip:\n      - --index-url " + simple(url) + "\n" + trusted
                            + "      - PACKAGE"));
        }
    },
    INSTALL_PACKAGES("install.packages", "cran") {
        @Override
        List<Snippet> lines(BaseUrl base, String url, String type) {
            return List.of(
                    new Snippet("~/.Rprofile", "options(repos = c(CRAN = \"" + url + "\"))"),
                    new Snippet("once, in R", "install.packages(\"PACKAGE\", repos = \"" + url + "\")"));
        }
    },
    PAK("pak", "cran") {
        @Override
        List<Snippet> lines(BaseUrl base, String url, String type) {
            return List.of(
                    new Snippet("~/.Rprofile", "options(repos = c(CRAN = \"" + url + "\"))"),
                    new Snippet("then, in R", "pak::repo_status()\npak::pkg_install(\"PACKAGE\")"));
        }
    },
    RENV("renv", "cran") {
        @Override
        List<Snippet> lines(BaseUrl base, String url, String type) {
            return List.of(
                    new Snippet(
                            ".Rprofile of the project, before renv/activate.R",
                            "options(renv.config.repos.override = c(CRAN = \"" + url + "\"))"),
                    new Snippet("or in the environment", "RENV_CONFIG_REPOS_OVERRIDE=" + url),
                    new Snippet("then, in R", "renv::restore()"));
        }
    },
    BIOCMANAGER("BiocManager", "bioconductor") {
        @Override
        List<Snippet> lines(BaseUrl base, String url, String type) {
            return List.of(
                    new Snippet(
                            "~/.Rprofile",
                            "options(\n  BioC_mirror = \"" + url + "\",\n  BIOCONDUCTOR_CONFIG_FILE = \"" + url
                                    + "/config.yaml\"\n)"),
                    new Snippet("then, in R", "BiocManager::install(\"PACKAGE\")"));
        }
    },
    DOCKERFILE("Dockerfile", "pypi", "cran", "bioconductor") {
        @Override
        List<Snippet> lines(BaseUrl base, String url, String type) {
            if (type.equals("pypi")) {
                String trusted = base.untrustedHost()
                        .map(host -> " \\\n    PIP_TRUSTED_HOST=" + host)
                        .orElse("");
                return List.of(new Snippet(
                        "Dockerfile",
                        "ENV PIP_INDEX_URL=" + simple(url) + " \\\n    UV_DEFAULT_INDEX=" + simple(url) + trusted));
            }
            return List.of(new Snippet(
                    "Dockerfile",
                    "RUN echo '" + rOptions(url, type) + "' \\\n    >> \"$(R RHOME)/etc/Rprofile.site\""));
        }
    },
    GITHUB_ACTIONS("GitHub Actions", "pypi", "cran", "bioconductor") {
        @Override
        List<Snippet> lines(BaseUrl base, String url, String type) {
            String where = ".github/workflows/*.yml, runners that reach this server";
            if (type.equals("pypi")) {
                String trusted = base.untrustedHost()
                        .map(host -> "\n  PIP_TRUSTED_HOST: " + host)
                        .orElse("");
                return List.of(new Snippet(
                        where,
                        "env:\n  PIP_INDEX_URL: " + simple(url) + "\n  UV_DEFAULT_INDEX: " + simple(url) + trusted));
            }
            return List.of(new Snippet(
                    where,
                    "steps:\n  - uses: r-lib/actions/setup-r@v2\n  - run: echo '" + rOptions(url, type)
                            + "' >> ~/.Rprofile"));
        }
    };

    private final String label;

    @SuppressWarnings("ImmutableEnumChecker") // made by Set.of
    private final Set<String> types;

    Client(String label, String... types) {
        this.label = label;
        this.types = Set.of(types);
    }

    String label() {
        return label;
    }

    /** How the client is named in a query. */
    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<Client> of(String id) {
        return List.of(values()).stream()
                .filter(client -> client.id().equals(id))
                .findFirst();
    }

    static String type(Repository repository) {
        return repository.sources().get(0).type();
    }

    boolean uses(Repository repository) {
        return types.contains(type(repository));
    }

    /**
     * What to paste.
     *
     * @param snapshot {@code latest} or a date
     */
    List<Snippet> lines(BaseUrl base, Repository repository, String snapshot) {
        String url = base.text() + "/" + repository.name() + "/" + snapshot;
        return lines(base, url, type(repository));
    }

    /** @param url of the repository in that state */
    abstract List<Snippet> lines(BaseUrl base, String url, String type);

    private static String simple(String url) {
        return url + "/simple/";
    }

    private static String rOptions(String url, String type) {
        return type.equals("cran")
                ? "options(repos = c(CRAN = \"" + url + "\"))"
                : "options(BioC_mirror = \"" + url + "\")";
    }

    /** The line that installs one version with this repository's usual client. */
    static String install(Repository repository, String name, Optional<String> version) {
        return switch (type(repository)) {
            case "pypi" -> "pip install " + name + version.map(v -> "==" + v).orElse("");
            case "bioconductor" -> "BiocManager::install(\"" + name + "\")";
            default -> "install.packages(\"" + name + "\")";
        };
    }
}
