package io.forebay.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.ForebayException;
import io.forebay.model.PackageId;
import io.forebay.model.View;
import io.forebay.policy.Rule.Action;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessPolicyTest {
    private static final PackageId FLASK = PackageId.of("python", "flask");
    private static final PackageId FLASK_1 = PackageId.of("python", "flask", "1.0");
    private static final PackageId FLASK_2 = PackageId.of("python", "flask", "2.0");

    @Test
    void blocks_noRules_allowsEverything() {
        assertThat(AccessPolicy.of(List.of())).isSameAs(AccessPolicy.OPEN);
        assertThat(AccessPolicy.OPEN.blocks(FLASK_1)).isEmpty();
        assertThat(AccessPolicy.OPEN.gate().allows(FLASK_1)).isTrue();
        assertThat(AccessPolicy.OPEN.gate().epoch()).isEqualTo(View.Gate.open().epoch());
    }

    @Test
    void blocks_noRuleMatches_allows() {
        assertThat(AccessPolicy.of(List.of(block("a", "python", "django", "*"))).blocks(FLASK))
                .isEmpty();
    }

    @Test
    void blocks_order_firstMatchWins() {
        Rule allow = new Rule("ours", "python", "flask", "*", Action.ALLOW, "");
        Rule first = block("first", "python", "*", "*");
        Rule second = block("second", "*", "*", "*");
        assertThat(AccessPolicy.of(List.of(allow, first)).blocks(FLASK_1)).isEmpty();
        assertThat(AccessPolicy.of(List.of(first, allow)).blocks(FLASK_1)).contains(first);
        assertThat(AccessPolicy.of(List.of(first, second)).blocks(FLASK_1)).contains(first);
        assertThat(AccessPolicy.of(List.of(first, second)).blocks(PackageId.of("r", "sf")))
                .contains(second);
    }

    @Test
    void blocks_version_onlyThatVersionIsBlocked() {
        Rule old = block("old", "python", "flask", "1.*");
        AccessPolicy policy = AccessPolicy.of(List.of(old));
        assertThat(policy.blocks(FLASK_1)).contains(old);
        assertThat(policy.blocks(FLASK_2)).isEmpty();
        assertThat(policy.gate().allows(FLASK_1)).isFalse();
        assertThat(policy.gate().allows(FLASK_2)).isTrue();
    }

    @Test
    void gate_isAboutAPackage_whereARuleIs() {
        View.Gate gate = AccessPolicy.of(List.of(block("old", "python", "fl*", "1.*"), block("r", "r", "sf", "*")))
                .gate();
        assertThat(gate.isAbout("python", "flask")).isTrue();
        assertThat(gate.isAbout("r", "sf")).isTrue();
        assertThat(gate.isAbout("python", "sf")).isFalse();
        assertThat(gate.isAbout("r", "flask")).isFalse();
        assertThat(AccessPolicy.OPEN.gate().isAbout("python", "flask")).isFalse();
    }

    @Test
    void blocks_wholePackage_isShownWhenAnyVersionMayBeHad() {
        Rule allowOne = new Rule("one", "python", "flask", "2.0", Action.ALLOW, "");
        Rule blockOne = block("old", "python", "flask", "1.*");
        Rule blockAll = block("all", "python", "*", "*");
        assertThat(AccessPolicy.of(List.of(blockOne)).blocks(FLASK)).isEmpty();
        assertThat(AccessPolicy.of(List.of(blockAll)).blocks(FLASK)).contains(blockAll);
        assertThat(AccessPolicy.of(List.of(blockOne, blockAll)).blocks(FLASK)).contains(blockAll);
        AccessPolicy onlyOne = AccessPolicy.of(List.of(allowOne, blockAll));
        assertThat(onlyOne.blocks(FLASK)).isEmpty();
        assertThat(onlyOne.blocks(FLASK_1)).contains(blockAll);
        assertThat(onlyOne.blocks(FLASK_2)).isEmpty();
    }

    @Test
    void blocks_rNames_caseMatters() {
        AccessPolicy policy = AccessPolicy.of(List.of(block("m", "r", "Matrix*", "*")));
        assertThat(policy.blocks(PackageId.of("r", "MatrixModels"))).isPresent();
        assertThat(policy.blocks(PackageId.of("r", "matrixStats"))).isEmpty();
    }

    @Test
    void blocks_ecosystem_othersAreNotConcerned() {
        AccessPolicy policy = AccessPolicy.of(List.of(block("m", "r", "curl", "*")));
        assertThat(policy.blocks(PackageId.of("r", "curl"))).isPresent();
        assertThat(policy.blocks(PackageId.of("python", "curl"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Flask", "my_pkg", "a.b", "a--b"})
    void rule_pythonGlobThatCouldNeverMatch_isRefused(String glob) {
        assertThatThrownBy(() -> block("bad", "python", glob, "*"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bad")
                .hasMessageContaining(glob);
    }

    @Test
    void rule_emptyPart_isRefused() {
        assertThatThrownBy(() -> block("bad", "python", "", "*")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> block("bad", "python", "a", "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> block(" ", "python", "a", "*")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "*, flask, true",
        "*, '', true",
        "?, '', false",
        "flask, flask, true",
        "flask, flask2, false",
        "flask, flas, false",
        "flask-*, flask-login, true",
        "flask-*, flask, false",
        "*-login, flask-login, true",
        "f*k, flask, true",
        "f*k*, flask-k, true",
        "*a*b*c, xaxbxbxc, true",
        "*a*b*c, xaxcxb, false",
        "fl?sk, flask, true",
        "fl?sk, flsk, false",
        "1.2*, 1.20.3, true",
        "1.2.*, 1.20.3, false",
        "a.c, abc, false",
        "**, x, true"
    })
    void glob_text_matchesWhole(String glob, String text, boolean expected) {
        assertThat(Glob.matches(glob, text)).isEqualTo(expected);
    }

    @Test
    void glob_manyStars_endsInPolynomialTime() {
        String text = "a".repeat(2_000);
        assertThat(Glob.matches("*a".repeat(50) + "*b", text)).isFalse();
        assertThat(Glob.matches("*a".repeat(50) + "*", text)).isTrue();
    }

    @Test
    @DisplayName("failures 31: a refusal names the rule and its reason, whatever was asked for")
    void refusal_namesRuleAndReason() {
        Rule rule = new Rule("no-old-flask", "python", "flask", "1.*", Action.BLOCK, "CVE-2018-1000656");
        ForebayException refusal = rule.refusal(FLASK_1);
        assertThat(refusal.kind()).isEqualTo(ForebayException.Kind.FORBIDDEN);
        assertThat(refusal).hasMessage("flask 1.0 is blocked by the rule 'no-old-flask': CVE-2018-1000656");
        assertThat(block("x", "r", "a", "*").refusal(PackageId.of("r", "a")))
                .hasMessage("a is blocked by the rule 'x': because");
        assertThat(new Rule("x", "r", "a", "*", Action.BLOCK, "").refusal(PackageId.of("r", "a")))
                .hasMessage("a is blocked by the rule 'x'");
    }

    @Test
    void epoch_sameRules_isTheSame() {
        assertThat(epoch(block("a", "r", "x", "*"), block("b", "r", "y", "*")))
                .isEqualTo(epoch(block("a", "r", "x", "*"), block("b", "r", "y", "*")))
                .isEqualTo(epoch(block("renamed", "r", "x", "*"), block("b", "r", "y", "*")));
    }

    @Test
    void epoch_stableOverVersionsOfTheProgram() {
        // Nodes of one database share rendered pages' entity tags, so this value is part of the outside.
        assertThat(epoch(block("a", "r", "x", "*"))).isEqualTo("a038edb00b8a2d6a");
    }

    @Test
    void epoch_anyDecidingPart_changesIt() {
        String base = epoch(block("a", "r", "x", "1"));
        assertThat(List.of(
                        base,
                        epoch(block("a", "python", "x", "1")),
                        epoch(block("a", "r", "y", "1")),
                        epoch(block("a", "r", "x", "2")),
                        epoch(new Rule("a", "r", "x", "1", Action.ALLOW, "because")),
                        epoch(block("a", "r", "x", "1"), block("b", "r", "y", "1")),
                        epoch(block("b", "r", "y", "1"), block("a", "r", "x", "1")),
                        epoch(block("a", "r", "x1", "1")),
                        epoch(block("a", "r", "x", "11"))))
                .doesNotHaveDuplicates()
                .doesNotContain("");
    }

    private static String epoch(Rule... rules) {
        return AccessPolicy.of(List.of(rules)).gate().epoch();
    }

    private static Rule block(String name, String ecosystem, String packageGlob, String version) {
        return new Rule(name, ecosystem, packageGlob, version, Action.BLOCK, "because");
    }
}
