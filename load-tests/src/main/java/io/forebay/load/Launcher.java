package io.forebay.load;

import io.gatling.app.Gatling$;

/**
 * Runs one simulation: {@code Launcher NAME DIRECTORY}, the report going below the directory. Ends with status 1 when an
 * assertion did not hold.
 */
public final class Launcher {
    private Launcher() {}

    /** Ends the process. */
    public static void main(String[] arguments) {
        String[] options = {
            "--simulation", Launcher.class.getPackageName() + "." + arguments[0], "--results-folder", arguments[1]
        };
        int status = Gatling$.MODULE$.fromArgs(options);
        if (Hangups.answered() + Hangups.failed() > 0) {
            System.out.println("hang-ups: " + Hangups.answered() + " after one byte, " + Hangups.failed() + " without");
        }
        System.exit(status == 0 && Hangups.failed() == 0 ? 0 : 1);
    }
}
