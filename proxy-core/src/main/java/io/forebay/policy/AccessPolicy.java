package io.forebay.policy;

import io.forebay.model.PackageId;
import io.forebay.model.View;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Which packages may be had: the one gate that index, file, metadata, HEAD and Range pass.
 *
 * <p>The first rule that matches decides; without one a package is allowed. A question about a package as a whole (its page)
 * is refused only by a rule about every version: where single versions are ruled on, the page is shown and its versions are
 * asked for one by one.
 *
 * <p>Immutable and pure, for any thread. The time is linear in the number of rules; a question that is answered with yes allocates nothing.
 */
public final class AccessPolicy {
    /** Allows everything. */
    public static final AccessPolicy OPEN = new AccessPolicy(List.of());

    private final List<Rule> rules;
    private final View.Gate gate;

    private AccessPolicy(List<Rule> rules) {
        this.rules = rules;
        this.gate = rules.isEmpty() ? View.Gate.open() : new RuleGate(epoch(rules));
    }

    /** A policy of rules, asked in this order. */
    public static AccessPolicy of(List<Rule> rules) {
        return rules.isEmpty() ? OPEN : new AccessPolicy(List.copyOf(rules));
    }

    /** The rule that forbids a package or a version of it: {@link Rule#refusal} is the answer then. */
    public Optional<Rule> blocks(PackageId id) {
        for (int i = 0; i < rules.size(); i++) {
            Rule rule = rules.get(i);
            if (rule.isAbout(id) && decides(rule, id)) {
                return rule.action() == Rule.Action.BLOCK ? Optional.of(rule) : Optional.empty();
            }
        }
        return Optional.empty();
    }

    /**
     * The same decision for renderers. Its epoch is a hash of what the rules decide by, equal in every process that has the
     * same rules.
     */
    public View.Gate gate() {
        return gate;
    }

    private static boolean decides(Rule rule, PackageId id) {
        if (id.version().isPresent()) {
            return rule.isAboutVersion(id.version().get());
        }
        // An allowed version is a reason to show the page; a blocked one is none to hide it.
        return rule.action() == Rule.Action.ALLOW || rule.isAboutEveryVersion();
    }

    private static String epoch(List<Rule> rules) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            for (Rule rule : rules) {
                List<String> parts = List.of(
                        rule.ecosystem(),
                        rule.packageGlob(),
                        rule.versionGlob(),
                        rule.action().name());
                for (String part : parts) {
                    sha256.update((part.length() + ":" + part).getBytes(StandardCharsets.UTF_8));
                }
            }
            return HexFormat.of().formatHex(sha256.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private final class RuleGate implements View.Gate {
        private final String epoch;

        RuleGate(String epoch) {
            this.epoch = epoch;
        }

        @Override
        public boolean allows(PackageId id) {
            return blocks(id).isEmpty();
        }

        @Override
        public boolean isAbout(String ecosystem, String packageName) {
            PackageId whole = PackageId.of(ecosystem, packageName);
            return rules.stream().anyMatch(rule -> rule.isAbout(whole));
        }

        @Override
        public String epoch() {
            return epoch;
        }
    }
}
