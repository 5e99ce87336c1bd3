package io.forebay.ecosystem.r;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The platform that an R client names in its User-Agent, as in {@code R (4.2.2 x86_64-pc-linux-gnu x86_64 linux-gnu)}:
 * origins that have binaries for Linux choose by it what one URL means.
 *
 * @param userAgent the part of the field that names the platform: what the origin is told
 * @param variant equal for all clients that get equal bytes: a binary fits all patch releases of a minor version of R
 */
record Platform(String userAgent, String variant) {
    private static final Pattern PLATFORM = Pattern.compile(
            "(?<![A-Za-z0-9])R \\(([0-9]{1,2}\\.[0-9]{1,2})(?:\\.[0-9]{1,3})? [\\w.-]{1,64} ([\\w.-]{1,32}) ([\\w.-]{1,32})\\)");

    static Optional<Platform> ofUserAgent(String userAgent) {
        Matcher matcher = PLATFORM.matcher(userAgent);
        return matcher.find()
                ? Optional.of(new Platform(
                        matcher.group(), "R " + matcher.group(1) + " " + matcher.group(2) + " " + matcher.group(3)))
                : Optional.empty();
    }
}
