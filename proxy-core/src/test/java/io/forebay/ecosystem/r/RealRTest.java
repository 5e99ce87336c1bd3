package io.forebay.ecosystem.r;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Forebay writes, read by R itself; what R writes, read by Forebay. */
class RealRTest {

    private static final String INDEX = """
            Package: labalpha
            Version: 1.1
            Depends: R (>= 3.5.0),
              labbeta (>= 0.1)
            License: MIT + file LICENSE
            MD5sum: 22222222222222222222222222222222
            NeedsCompilation: no

            Package: labbeta
            Version: 0.1
            Author: Ren\u00e9 \u00d8
            License: GPL-3

            Package: MASS
            Version: 0.9
            Priority: recommended

            Package: MASS
            Version: 7.3-65
            Priority: recommended
            Path: 4.5.0/Recommended
            """;

    @TempDir
    Path directory;

    @BeforeAll
    static void needsR() {
        boolean found = List.of(System.getenv("PATH").split(":")).stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "Rscript")));
        assumeTrue(found, "Rscript is not installed: what we write is not read by R here");
    }

    @Test
    void write_rds_identicalToWhatRReadsOfOurPackages() throws Exception {
        writeForms();

        run("""
            d <- read.dcf("PACKAGES")
            rownames(d) <- d[, "Package"]
            m <- readRDS("PACKAGES.rds")
            z <- read.dcf("PACKAGES.gz")
            rownames(z) <- z[, "Package"]
            stopifnot(is.matrix(m), is.character(m), nrow(m) == 4L)
            stopifnot(identical(m[, colnames(d)], d), identical(z, d))
            others <- setdiff(colnames(m), colnames(d))
            stopifnot(all(is.na(m[, others])))
            stopifnot(all(tools:::.get_standard_repository_db_fields() %in% colnames(m)))
            stopifnot(identical(Encoding(m[["labbeta", "Author"]]), "UTF-8"))
            stopifnot(infoRDS("PACKAGES.rds")$version == 2L)
            stopifnot(m[["labalpha", "Depends"]] == "R (>= 3.5.0),\\nlabbeta (>= 0.1)")
            """);
    }

    @Test
    void write_emptyIndex_isAnEmptyRepositoryToR() throws Exception {
        for (PackagesForm form : PackagesForm.values()) {
            Files.write(directory.resolve(form.file()), new PackagesWriter(List.of()).write(form));
        }

        run("""
            stopifnot(nrow(readRDS("PACKAGES.rds")) == 0L)
            stopifnot(nrow(available.packages(contriburl = paste0("file://", getwd()))) == 0L)
            unlink("PACKAGES.rds")
            stopifnot(nrow(available.packages(contriburl = paste0("file://", getwd()))) == 0L)
            """);
    }

    @Test
    void write_eachForm_availablePackagesFindsAll() throws Exception {
        for (PackagesForm form : PackagesForm.values()) {
            Path repository = Files.createDirectories(directory.resolve(form.name()));
            // From a file:// repository R takes the .rds or else PACKAGES, compressed or not.
            String file = form == PackagesForm.RDS ? "PACKAGES.rds" : "PACKAGES";
            Files.write(repository.resolve(file), new PackagesWriter(rows(INDEX)).write(form));
        }

        run("""
            for (form in c("PLAIN", "GZIP", "RDS")) {
                url <- paste0("file://", getwd(), "/", form)
                a <- available.packages(contriburl = url, filters = list())
                stopifnot(nrow(a) == 4L, identical(unname(a[, "Version"]), c("1.1", "0.1", "0.9", "7.3-65")))
                stopifnot(a[4, "Repository"] == paste0(url, "/4.5.0/Recommended"), a[1, "Repository"] == url)
                newest <- available.packages(contriburl = url)
                stopifnot(newest["MASS", "Version"] == "7.3-65", nrow(newest) == 3L)
                deps <- tools::package_dependencies("labalpha", newest)
                stopifnot(identical(deps$labalpha, "labbeta"))
            }
            """);
    }

    @Test
    void read_whatWritePackagesWrites_sameRowsInEachForm() throws Exception {
        run("""
            for (v in c("1.0", "1.10")) {
                dir.create(file.path("pkg", "lab.gamma"), recursive = TRUE, showWarnings = FALSE)
                writeLines(c("Package: lab.gamma", paste("Version:", v), "Title: A title", "Author: A",
                             "Depends: R (>= 3.0), methods,", "  stats", "License: GPL-2", "NeedsCompilation: no"),
                           file.path("pkg", "lab.gamma", "DESCRIPTION"))
                old <- setwd("pkg")
                tar(paste0("../lab.gamma_", v, ".tar.gz"), "lab.gamma", compression = "gzip", tar = "internal")
                setwd(old)
            }
            stopifnot(tools::write_PACKAGES(".", type = "source", latestOnly = FALSE, addFiles = TRUE) == 2L)
            """);

        List<PackageRow> plain = PackagesReader.read(Files.readAllBytes(directory.resolve("PACKAGES")), tag -> true);
        assertThat(plain).hasSize(2);
        assertThat(plain.get(0).value("Package")).contains("lab.gamma");
        assertThat(plain.get(0).value("File")).contains("lab.gamma_1.0.tar.gz");
        assertThat(DcfReaderTest.maps(
                        PackagesReader.read(Files.readAllBytes(directory.resolve("PACKAGES.gz")), tag -> true)))
                .isEqualTo(DcfReaderTest.maps(plain));
        assertThat(PackagesReader.read(Files.readAllBytes(directory.resolve("PACKAGES.rds")), tag -> true))
                .extracting(row -> row.value("MD5sum").orElseThrow())
                .containsExactlyElementsOf(plain.stream()
                        .map(row -> row.value("MD5sum").orElseThrow())
                        .toList());
    }

    private void writeForms() throws IOException {
        for (PackagesForm form : PackagesForm.values()) {
            Files.write(directory.resolve(form.file()), new PackagesWriter(rows(INDEX)).write(form));
        }
    }

    private static List<PackageRow> rows(String index) {
        return DcfReader.read(index.getBytes(StandardCharsets.UTF_8), tag -> true);
    }

    private void run(String code) throws Exception {
        Path script = Files.writeString(directory.resolve("test.R"), code);
        Path output = directory.resolve("output.txt");
        ProcessBuilder builder = new ProcessBuilder("Rscript", "--vanilla", script.toString())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("LC_ALL", "C.UTF-8");
        Process process = builder.start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    }
}
