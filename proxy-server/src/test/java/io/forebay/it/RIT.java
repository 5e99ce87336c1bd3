package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R installs from source through Forebay alone. R's own exit status says nothing: every script checks what it got. */
class RIT {
    private static final String PACKAGE = "r-base-core";

    @TempDir
    private Path directory;

    private Stage stage;

    @BeforeEach
    void open() throws Exception {
        Stage.needsClients();
        stage = Stage.open(directory);
    }

    @AfterEach
    void close() throws Exception {
        if (stage != null) {
            stage.close();
        }
    }

    @Test
    @DisplayName("install.packages of a closure from source: packages load and run")
    void installPackages_closure_works() throws Exception {
        stage.coldAndOffline(tarballs("callr", "processx", "ps", "R6", "glue", "magrittr"), fresh -> {
            Client.Outcome says = r(fresh, """
                    install.packages(c("callr", "glue", "magrittr"), INSTALL_opts = built)
                    library(magrittr)
                    cat("answer", callr::r(function() 6 * 7), glue::glue("{x}", x = 4 %>% sqrt()), "\\n")
                    cat("versions", as.character(packageVersion("callr")), as.character(packageVersion("R6")), "\\n")
                    """);
            assertThat(says.output())
                    .contains("answer 42 2")
                    .contains("versions " + Fixtures.cranVersion("callr") + " " + Fixtures.cranVersion("R6"));
        });
    }

    @Test
    @DisplayName("available.packages lists what the origin lists, checksums included")
    void availablePackages_isTheOrigins() throws Exception {
        stage.coldWarmAndOffline(List.of(), fresh -> {
            Client.Outcome says = r(fresh, """
                    through <- available.packages(filters = list())
                    own <- available.packages(paste0("file://", Sys.getenv("CRAN_TREE"), "/src/contrib"), filters = list())
                    own[, "Repository"] <- through[, "Repository"]
                    stopifnot(nrow(own) > 10, identical(own, through), all(nchar(through[, "MD5sum"]) == 32))
                    cat("same", nrow(own), "\\n")
                    """);
            assertThat(says.output()).contains("same ");
        });
    }

    @Test
    @DisplayName("the three forms of PACKAGES say the same")
    void packages_threeForms_agree() throws Exception {
        stage.coldWarmAndOffline(List.of(), fresh -> {
            Client.Outcome says = r(fresh, """
                    base <- contrib.url(getOption("repos"))
                    get <- function(form) {
                        file <- tempfile()
                        stopifnot(download.file(paste0(base, "/PACKAGES", form), file, mode = "wb", quiet = TRUE) == 0)
                        file
                    }
                    plain <- read.dcf(get(""))
                    packed <- read.dcf(gzfile(get(".gz")))
                    rds <- readRDS(get(".rds"))
                    stopifnot(identical(plain, packed), setequal(rds[, "Package"], plain[, "Package"]))
                    stopifnot(identical(sort(unname(rds[, "MD5sum"])), sort(plain[, "MD5sum"])))
                    cat("agree\\n")
                    """);
            assertThat(says.output()).contains("agree");
        });
    }

    @Test
    @DisplayName("download.packages: the tarballs are bit for bit the origin's")
    void downloadPackages_areOriginBytes() throws Exception {
        stage.coldWarmAndOffline(tarballs("cli", "fansi", "jsonlite"), fresh -> {
            Client.Outcome says = r(fresh, """
                    got <- download.packages(c("cli", "fansi", "jsonlite"), ".", type = "source")
                    stopifnot(nrow(got) == 3)
                    listed <- available.packages()
                    stopifnot(unname(tools::md5sum(got[, 2])) == listed[got[, 1], "MD5sum"])
                    cat("downloaded\\n")
                    """);
            assertThat(says.output()).contains("downloaded");
            for (String name : List.of("cli", "fansi", "jsonlite")) {
                String file = name + "_" + Fixtures.cranVersion(name) + ".tar.gz";
                assertThat(fresh.resolve(file))
                        .hasSameBinaryContentAs(Fixtures.cran().resolve("src/contrib/" + file));
            }
        });
    }

    @Test
    @DisplayName("remotes::install_version of an archived version; failures 20")
    void installVersion_archived_works() throws Exception {
        stage.coldWarmAndOffline(List.of("/cran/src/contrib/Archive/R6/R6_2.4.0.tar.gz"), fresh -> {
            Client.Outcome says = r(fresh, """
                    remotes::install_version("R6", "2.4.0", upgrade = "never")
                    stopifnot(packageVersion("R6") == "2.4.0")
                    cat("counts", R6::R6Class("x", list(n = 7))$new()$n, "\\n")
                    """);
            assertThat(says.output()).contains("counts 7");
        });
    }

    @Test
    @DisplayName("failures 21: BiocManager::install with config.yaml, mirror and CRAN all from Forebay")
    void biocManager_install_works() throws Exception {
        String release = Fixtures.biocRelease();
        String contrib = "/bioconductor/packages/" + release + "/bioc/src/contrib/";
        List<String> artifacts =
                Fixtures.names(Fixtures.bioconductor().resolve("packages/" + release + "/bioc/src/contrib")).stream()
                        .filter(file -> file.endsWith(".tar.gz"))
                        .map(file -> contrib + file)
                        .toList();
        assertThat(artifacts).hasSizeGreaterThanOrEqualTo(3);
        stage.coldAndOffline(artifacts, fresh -> {
            Client.Outcome says = r(fresh, """
                    stopifnot(as.character(BiocManager::version()) == Sys.getenv("BIOC_RELEASE"))
                    BiocManager::install("Biobase", update = FALSE, ask = FALSE, INSTALL_opts = built)
                    library(Biobase)
                    cat("set of", ncol(ExpressionSet(matrix(1:6, 2))), "with", as.character(packageVersion("BiocGenerics")), "\\n")
                    stopifnot(packageVersion("BiocVersion")[, 1:2] == Sys.getenv("BIOC_RELEASE"))
                    """);
            assertThat(says.output()).contains("set of 3 with ");
            assertThat(says.output()).doesNotContainIgnoringCase("warning");
        });
    }

    @Test
    @DisplayName("a package that is not there: R says so and goes on")
    void installPackages_unknown_saysSo() throws Exception {
        Client.Outcome says = r(Files.createDirectories(directory.resolve("unknown")), """
                install.packages("noSuchPackageHere")
                cat("went on\\n")
                """);
        assertThat(says.output()).contains("is not available").contains("went on");
    }

    @Test
    @DisplayName("download.file.method curl follows no redirect, wget sends no-cache: both install")
    void installPackages_byOtherTools_works() throws Exception {
        stage.coldAndOffline(tarballs("mime"), fresh -> {
            for (String method : List.of("curl", "wget")) {
                Client.Outcome says = r(Files.createDirectories(fresh.resolve(method)), """
                        options(download.file.method = "%s")
                        install.packages("mime")
                        cat(mime::guess_type("x.png"), "\\n")
                        """.formatted(method));
                assertThat(says.output()).contains("image/png");
            }
        });
    }

    /** Runs a script in a library of its own that holds remotes and BiocManager and nothing else. */
    private Client.Outcome r(Path fresh, String script) throws Exception {
        Client client = new Client(fresh);
        Path library = Files.createDirectories(fresh.resolve("library"));
        client.with("R_LIBS_USER", library.toString())
                .with("R_LIBS_SITE", site().toString())
                .with("R_PROFILE_USER", "/dev/null")
                .with("R_ENVIRON_USER", "/dev/null")
                .with("MAKEFLAGS", "-j2")
                .with("CRAN_TREE", Fixtures.cran().toString())
                .with("BIOC_RELEASE", Fixtures.biocRelease())
                .with("BIOCONDUCTOR_CONFIG_FILE", stage.bioconductor() + "/config.yaml");
        Path makevars = Files.createDirectories(fresh.resolve("home/.R")).resolve("Makevars");
        Files.writeString(makevars, "CFLAGS = -O0\nCXXFLAGS = -O0\n");
        String options = "options(repos = c(CRAN = \"" + stage.cran() + "\"), BioC_mirror = \"" + stage.bioconductor()
                + "\", timeout = 60)\n"
                // Help pages and byte code are made after the download and cost half of an installation.
                + "built <- c(\"--no-docs\", \"--no-byte-compile\")\n";
        Files.writeString(fresh.resolve("script.R"), options + script);
        Client.Outcome outcome = client.run(PACKAGE, "Rscript", "--no-save", "script.R");
        assertThat(outcome.status()).as(outcome.output()).isZero();
        return outcome;
    }

    /** A site library with links to the two tools, so that what else the machine has installed is not taken for installed. */
    private Path site() throws IOException {
        Path site = Files.createDirectories(directory.resolve("site"));
        for (String tool : List.of("remotes", "BiocManager")) {
            Path link = site.resolve(tool);
            if (!Files.exists(link)) {
                Path installed = Stream.of(
                                "/usr/lib/R/site-library", "/usr/local/lib/R/site-library", "/usr/lib/R/library")
                        .map(library -> Path.of(library, tool))
                        .filter(Files::isDirectory)
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException(
                                tool + " is missing: apt-get install r-cran-" + tool.toLowerCase(Locale.ROOT)));
                Files.createSymbolicLink(link, installed);
            }
        }
        return site;
    }

    private static List<String> tarballs(String... names) {
        return Stream.of(names)
                .map(name -> "/cran/src/contrib/" + name + "_" + Fixtures.cranVersion(name) + ".tar.gz")
                .toList();
    }
}
