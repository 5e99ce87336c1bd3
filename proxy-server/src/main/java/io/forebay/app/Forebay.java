package io.forebay.app;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program. Exit status: 0 done, 1 failed, 2 wrong use. A failure is one line on standard error. */
@Command(
        name = "forebay",
        description = "A streaming cache for R and Python packages.",
        mixinStandardHelpOptions = true,
        versionProvider = Forebay.Version.class)
public final class Forebay implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec command;

    private Forebay() {}

    public static void main(String[] arguments) {
        FatalErrors.endTheProcess();
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        int status = run(new Surroundings(System.getenv(), out, err, Server::start), arguments);
        System.exit(status);
    }

    static int run(Surroundings surroundings, String... arguments) {
        return commands(surroundings).execute(arguments);
    }

    /** Every command there is, for the surroundings. */
    static CommandLine commands(Surroundings surroundings) {
        CommandLine line = new CommandLine(new Forebay());
        line.addSubcommand(new ServeCommand(surroundings));
        line.addSubcommand(new CheckConfigCommand(surroundings));
        line.addSubcommand(new StatusCommand(surroundings));
        line.addSubcommand(new SourcesCommand(surroundings));
        line.addSubcommand(new PurgeCommand(surroundings));
        line.addSubcommand(new WarmCommand(surroundings));
        line.addSubcommand(new UpkeepCommands.Verify(surroundings));
        line.addSubcommand(new UpkeepCommands.Collect(surroundings));
        line.addSubcommand(new UpkeepCommands.Save(surroundings));
        line.addSubcommand(new RestoreCommand(surroundings));
        line.addSubcommand(new TransferCommands.Out(surroundings));
        line.addSubcommand(new TransferCommands.In(surroundings));
        CommandLine tokens = new CommandLine(new TokenCommands());
        tokens.addSubcommand(new TokenCommands.Create(surroundings));
        tokens.addSubcommand(new TokenCommands.Show(surroundings));
        tokens.addSubcommand(new TokenCommands.Revoke(surroundings));
        line.addSubcommand(tokens);
        // For who packages the program, not for who uses it.
        CommandLine completion = new CommandLine(new AutoComplete.GenerateCompletion());
        completion.getCommandSpec().usageMessage().hidden(true);
        line.addSubcommand("generate-completion", completion);
        line.setOut(surroundings.out());
        line.setErr(surroundings.err());
        line.setParameterExceptionHandler((wrong, given) -> {
            String command = wrong.getCommandLine().getCommandSpec().qualifiedName();
            surroundings.err().println("forebay: " + wrong.getMessage() + " (" + command + " --help tells more)");
            return ExitCode.USAGE;
        });
        line.setExecutionExceptionHandler((failure, of, parsed) -> {
            boolean wrongUse = failure instanceof WrongUse;
            if (!(failure instanceof StartFailure) && !wrongUse) {
                throw failure;
            }
            surroundings.err().println("forebay: " + failure.getMessage());
            return wrongUse ? ExitCode.USAGE : ExitCode.SOFTWARE;
        });
        return line;
    }

    @Override
    public void run() {
        throw new ParameterException(command.commandLine(), "a command is missing");
    }

    /** The version of the jar that runs. */
    static String version() {
        String version = Forebay.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    /** The version of the jar that runs, for picocli. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"forebay " + version()};
        }
    }
}
