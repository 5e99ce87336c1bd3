# Lays Debian's original tarballs out as CRAN and Bioconductor do, with indexes written by R itself.
#
#     Rscript trees.R TARBALLS OUT
#
# A .tar.gz is copied byte for byte under the name that its DESCRIPTION gives it; a .tar.xz is packed again as .tar.gz, because
# Debian packed it anew to leave files out. Each line printed says which, and whether the MD5 list that CRAN put into the
# package holds for every file of it.

arguments <- commandArgs(TRUE)
tarballs <- normalizePath(arguments[1])
out <- normalizePath(arguments[2])
scratch <- tempfile("trees")
dir.create(scratch)

say <- function(...) cat("fixtures: ", ..., "\n", sep = "")

# Bioconductor brings out two releases for each 4.x of R; the second one lives longest.
minor <- as.integer(strsplit(R.version$minor, ".", fixed = TRUE)[[1]][1])
if (R.version$major != "4") stop("R 4 is needed, not ", R.version.string)
release <- sprintf("3.%d", 12L + 2L * minor)

cran <- file.path(out, "cran", "src", "contrib")
bioc_root <- file.path(out, "bioconductor")
bioc_trees <- file.path(bioc_root, "packages", release, c("bioc", "data/annotation", "data/experiment", "workflows", "books"))
bioc <- file.path(bioc_trees, "src", "contrib")
for (directory in c(cran, bioc)) dir.create(directory, recursive = TRUE)

pack <- function(parent, package, file) {
    status <- system2("tar", c("--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@1700000000",
        "--use-compress-program=gzip\\ -n", "-C", shQuote(parent), "-cf", shQuote(file), shQuote(package)))
    if (status != 0) stop("tar cannot write ", basename(file))
}

unpack <- function(file) {
    parent <- tempfile("package", scratch)
    dir.create(parent)
    if (system2("tar", c("-C", shQuote(parent), "-xf", shQuote(file))) != 0) stop("tar cannot read ", basename(file))
    found <- list.files(parent, full.names = TRUE)
    if (length(found) != 1 || !file.exists(file.path(found, "DESCRIPTION"))) stop("no package in ", basename(file))
    found
}

describe <- function(directory) read.dcf(file.path(directory, "DESCRIPTION"))[1, ]

md5 <- function(directory, package) {
    list <- file.path(directory, "MD5")
    if (!file.exists(list)) return("it carries no MD5 list")
    lines <- readLines(list)
    wanted <- sub(" .*", "", lines)
    found <- tools::md5sum(file.path(directory, sub("^[^ ]* [ *]", "", lines)))
    lost <- sum(is.na(found))
    wrong <- sum(found != wanted, na.rm = TRUE)
    if (wrong + lost == 0) "its MD5 list holds" else paste0("of its MD5 list ", lost, " files are left out, ", wrong, " differ")
}

place <- function(file, directory) {
    source <- unpack(file)
    what <- describe(source)
    target <- file.path(directory, paste0(what[["Package"]], "_", what[["Version"]], ".tar.gz"))
    if (grepl("\\.tar\\.gz$", file)) {
        stopifnot(file.copy(file, target))
        how <- "byte for byte"
    } else {
        parent <- tempfile("repack", scratch)
        dir.create(parent)
        file.rename(source, file.path(parent, what[["Package"]]))
        source <- file.path(parent, what[["Package"]])
        pack(parent, what[["Package"]], target)
        how <- "packed again"
    }
    say(basename(target), " ", how, ", ", md5(source))
}

for (file in list.files(tarballs, "\\.orig\\.tar\\.(gz|xz|bz2)$", full.names = TRUE)) {
    place(file, if (startsWith(basename(file), "r-bioc-")) bioc[1] else cran)
}

# BiocVersion holds nothing but the number of the release.
if (!length(list.files(bioc[1], "^BiocVersion_"))) {
    package <- file.path(scratch, "BiocVersion")
    dir.create(package)
    writeLines(c("Package: BiocVersion", paste0("Version: ", release, ".0"), "Title: Set the appropriate version of packages",
        "Description: This package provides the version of the release.", "License: Artistic-2.0",
        "Author: Nobody", "Maintainer: Nobody <nobody@example.org>", "NeedsCompilation: no"),
        file.path(package, "DESCRIPTION"))
    writeLines("", file.path(package, "NAMESPACE"))
    pack(scratch, "BiocVersion", file.path(bioc[1], paste0("BiocVersion_", release, ".0.tar.gz")))
    say("BiocVersion_", release, ".0.tar.gz written")
}

index <- function(directory) {
    tools::write_PACKAGES(directory, type = "source")
    for (form in c("", ".gz", ".rds")) {
        if (!file.exists(file.path(directory, paste0("PACKAGES", form)))) write_empty(directory)
    }
}

# write_PACKAGES leaves an empty directory without an index; the real trees have one.
write_empty <- function(directory) {
    file <- file.path(directory, "PACKAGES")
    file.create(file)
    connection <- gzfile(paste0(file, ".gz"), "wt")
    close(connection)
    fields <- c("Package", "Version", "Depends", "Imports", "LinkingTo", "Suggests", "License", "MD5sum", "NeedsCompilation")
    saveRDS(matrix(character(), 0, length(fields), dimnames = list(NULL, fields)), paste0(file, ".rds"), compress = "xz")
}

available <- function(directories) {
    available.packages(paste0("file://", directories), filters = list())
}

# Everything listed must install from these trees alone.
for (directory in c(cran, bioc)) index(directory)
base <- rownames(installed.packages(.Library, priority = "base"))
repeat {
    listed <- available(c(cran, bioc))
    needs <- tools::package_dependencies(rownames(listed), listed, c("Depends", "Imports", "LinkingTo"))
    unmet <- Filter(length, lapply(needs, setdiff, c(rownames(listed), base)))
    if (!length(unmet)) break
    for (package in names(unmet)) {
        say(package, " left out: needs ", toString(unmet[[package]]))
        file.remove(list.files(c(cran, bioc[1]), paste0("^", package, "_.*\\.tar\\.gz$"), full.names = TRUE))
    }
    for (directory in c(cran, bioc)) index(directory)
}

# One package has a past: R6 with an earlier number, where CRAN keeps what a release has replaced.
r6 <- unpack(list.files(cran, "^R6_", full.names = TRUE))
description <- readLines(file.path(r6, "DESCRIPTION"))
writeLines(sub("^Version:.*", "Version: 2.4.0", description), file.path(r6, "DESCRIPTION"))
unlink(file.path(r6, "MD5"))
archive <- file.path(cran, "Archive", "R6")
dir.create(archive, recursive = TRUE)
pack(dirname(r6), basename(r6), file.path(archive, "R6_2.4.0.tar.gz"))
say("R6_2.4.0.tar.gz for Archive, from the current one")

meta <- file.path(cran, "Meta")
dir.create(meta)
inside <- function(directory, expression) {
    before <- setwd(directory)
    on.exit(setwd(before))
    force(expression)
}
saveRDS(list(R6 = inside(file.path(cran, "Archive"), file.info("R6/R6_2.4.0.tar.gz"))), file.path(meta, "archive.rds"))
saveRDS(inside(cran, file.info(list.files(".", "\\.tar\\.gz$"))), file.path(meta, "current.rds"))
web <- file.path(out, "cran", "web", "packages")
dir.create(web, recursive = TRUE)
saveRDS(available(cran)[, c("Package", "Version", "License")], file.path(web, "packages.rds"))

running <- paste0("4.", minor)
writeLines(c(
    paste0("release_version: \"", release, "\""),
    paste0("devel_version: \"3.", 13L + 2L * minor, "\""),
    "r_ver_for_bioc_ver:",
    paste0("  \"3.", 11L + 2L * minor, "\": \"", running, "\""),
    paste0("  \"", release, "\": \"", running, "\""),
    paste0("  \"3.", 13L + 2L * minor, "\": \"4.", minor + 1L, "\""),
    "release_dates:",
    paste0("  \"", release, "\": \"11/02/2022\"")),
    file.path(bioc_root, "config.yaml"))
unlink(scratch, recursive = TRUE)
