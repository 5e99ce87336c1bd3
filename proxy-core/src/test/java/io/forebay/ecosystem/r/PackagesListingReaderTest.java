package io.forebay.ecosystem.r;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Algorithm;
import io.forebay.model.Checksum;
import io.forebay.model.Expectation;
import io.forebay.model.Head;
import io.forebay.model.Listing;
import io.forebay.model.ResourceKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PackagesListingReaderTest {
    private static final String ONE = "11111111111111111111111111111111";
    private static final String TWO = "22222222222222222222222222222222";

    @ParameterizedTest
    @EnumSource(PackagesForm.class)
    void read_eachForm_sameListing(PackagesForm form) {
        byte[] index = new PackagesWriter(DcfReader.read(
                        bytes("Package: aa\nVersion: 1.0\nMD5sum: " + ONE + "\n\nPackage: bb\nVersion: 2-1\n"),
                        tag -> true))
                .write(form);

        Listing listing = read(Tree.SOURCE, index);

        assertThat(listing.owns("aa")).isTrue();
        assertThat(listing.owns("bb")).isTrue();
        assertThat(listing.owns("Aa")).isFalse();
        assertThat(listing.expectation("aa_1.0.tar.gz")).isEqualTo(md5(ONE));
        assertThat(listing.expectation("aa_0.9.tar.gz")).isEmpty();
        assertThat(listing.expectation("bb_2-1.tar.gz")).isEmpty();
        assertThat(listing.weight()).isPositive();
    }

    @ParameterizedTest
    @CsvSource({"SOURCE, tar.gz", "WINDOWS, zip", "MACOS, tgz"})
    void read_eachTree_filesOfItsKind(Tree tree, String extension) {
        Listing listing = read(tree, bytes("Package: aa\nVersion: 1.0\nMD5sum: " + ONE + "\n"));

        assertThat(listing.expectation("aa_1.0." + extension)).isEqualTo(md5(ONE));
    }

    @Test
    void read_sameVersionBelowAPath_twoFiles() {
        Listing listing = read(
                Tree.SOURCE,
                bytes("Package: aa\nVersion: 1.0\nMD5sum: " + ONE
                        + "\n\nPackage: aa\nVersion: 1.0\nPath: 4.5.0/Recommended\nMD5sum: " + TWO + "\n"));

        assertThat(listing.expectation("aa_1.0.tar.gz")).isEqualTo(md5(ONE));
        assertThat(listing.expectation("4.5.0/Recommended/aa_1.0.tar.gz")).isEqualTo(md5(TWO));
    }

    @Test
    void read_fieldFile_namesTheFile() {
        Listing listing =
                read(Tree.SOURCE, bytes("Package: aa\nVersion: 1.0\nFile: other_1.tar.gz\nMD5sum: " + ONE + "\n"));

        assertThat(listing.expectation("other_1.tar.gz")).isEqualTo(md5(ONE));
        assertThat(listing.expectation("aa_1.0.tar.gz")).isEmpty();
    }

    @Test
    void read_sumsThatAreNoneOrContradict_promiseNothing() {
        Listing listing = read(
                Tree.SOURCE,
                bytes("Package: aa\nVersion: 1.0\nMD5sum: " + ONE + "\n\nPackage: aa\nVersion: 1.0\nMD5sum: " + TWO
                        + "\n\nPackage: bb\nVersion: 1.0\nMD5sum: zz\n\nPackage: cc\nVersion: 1.0\nMD5sum:\n"));

        assertThat(listing.expectation("aa_1.0.tar.gz")).isEmpty();
        assertThat(listing.expectation("bb_1.0.tar.gz")).isEmpty();
        assertThat(listing.expectation("cc_1.0.tar.gz")).isEmpty();
        assertThat(listing.owns("cc")).isTrue();
    }

    @Test
    void read_namesOnly_ownsAndPromisesNothing() {
        Listing listing = PackagesListingReader.namesOnly()
                .read(ResourceKey.of("s", "PACKAGES"), Head.EMPTY, bytes("Package: aa\nVersion: 1.0\nMD5sum: " + ONE));

        assertThat(listing.owns("aa")).isTrue();
        assertThat(listing.expectation("aa_1.0.tar.gz")).isEmpty();
    }

    @Test
    void read_whatRWrote_sumsOfAllRows() throws IOException {
        Listing listing = read(Tree.SOURCE, RdsReaderTest.fixture("v3-xz.rds"));

        assertThat(listing.expectation("labalpha_1.1.tar.gz")).isEqualTo(md5(TWO));
        assertThat(listing.expectation("4.5.0/Recommended/MASS_7.3-65.tar.gz")).isEqualTo(md5(ONE));
        assertThat(listing.expectation("MASS_7.3-58.tar.gz")).isEqualTo(md5("0123456789abcdef0123456789abcdef"));
    }

    @Test
    void id_differsByWhatIsRead() {
        assertThat(PackagesListingReader.of(Tree.SOURCE).id())
                .isNotEqualTo(PackagesListingReader.of(Tree.WINDOWS).id())
                .isNotEqualTo(PackagesListingReader.namesOnly().id())
                .isEqualTo(PackagesListingReader.of(Tree.SOURCE).id());
    }

    private static Listing read(Tree tree, byte[] index) {
        return PackagesListingReader.of(tree).read(ResourceKey.of("s", "PACKAGES"), Head.EMPTY, index);
    }

    private static Optional<Expectation> md5(String hex) {
        return Optional.of(Expectation.of(new Checksum(Algorithm.MD5, hex)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
