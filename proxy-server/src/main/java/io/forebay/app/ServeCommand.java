package io.forebay.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts the server and stays until the process is told to end. */
@Command(name = "serve", description = "Run the server.", mixinStandardHelpOptions = true)
final class ServeCommand implements Runnable {
    /** For what a stop does beside draining: the last writes of store and database. */
    private static final Duration STOP_MAX = Duration.ofSeconds(60);

    private final Surroundings surroundings;

    @Mixin
    private ConfigurationOptions configurationOptions = new ConfigurationOptions();

    @Option(names = "--listen", paramLabel = "HOST:PORT", description = "Where to listen; wins over the configuration.")
    private Optional<String> listen = Optional.empty();

    @Option(names = "--data-dir", paramLabel = "DIR", description = "Where to keep files; wins over the configuration.")
    private Optional<String> dataDir = Optional.empty();

    @Option(
            names = "--show-setup",
            description = "Print what to paste into pip.conf, uv.toml and .Rprofile, as on a terminal.")
    private boolean showSetup;

    ServeCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public void run() {
        Configured configured = new Configured(() -> configurationOptions.read(surroundings.environment(), options()));
        ConfigurationReader.Read read = configured.first();
        Configuration configuration = read.configuration();
        Logging.apply(configuration.log());
        Logger logger = LoggerFactory.getLogger(ServeCommand.class);
        read.warnings().forEach(logger::warn);
        DataDirectory directory = DataDirectory.open(configuration.dataDir());
        RunningServer server;
        try {
            server = surroundings.server().start(configured, directory);
        } catch (RuntimeException e) {
            directory.close();
            throw e;
        }
        // Before anybody is told that it runs: a reload may be asked for from then on, and the signal ends a JVM that
        // does not catch it.
        Signals.on("HUP", reload(configured, server));
        ClientSetup setup = ClientSetup.of(configuration, server.address());
        StartSummary summary =
                StartSummary.of(configuration, read.file(), setup.base(), directory.path(), server.usage());
        summary.lines().forEach(logger::info);
        summary.warnings().forEach(logger::warn);
        if (showSetup || terminal()) {
            setup.lines().forEach(surroundings.out()::println);
            surroundings.out().flush();
        }
        Optional<NotifySocket> manager = NotifySocket.open(surroundings.environment());
        manager.ifPresent(socket -> {
            socket.ready("Listening on " + setup.base());
            socket.watch(server::alive);
        });
        untilToldToEnd(server, directory, configuration, manager);
    }

    private static Reload reload(Configured configured, RunningServer server) {
        return new Reload(
                configured,
                log -> {
                    Logging.apply(log);
                    server.accessFormat(log.accessLine());
                },
                server::reroute,
                server::reloaded);
    }

    private List<Setting> options() {
        List<Setting> settings = new ArrayList<>();
        listen.ifPresent(text -> settings.add(new Setting(Keys.LISTEN.pattern(), text, "--listen")));
        dataDir.ifPresent(text -> settings.add(new Setting(Keys.DATA_DIR.pattern(), text, "--data-dir")));
        return settings;
    }

    /** {@code System.console()} says yes to a pipe since JDK 22. */
    private static boolean terminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }

    /** A stop that was asked for is no failure, so the hook ends the process itself, with status 0. */
    private static void untilToldToEnd(
            RunningServer server,
            DataDirectory directory,
            Configuration configuration,
            Optional<NotifySocket> manager) {
        Duration drain = configuration.http().drainTimeout();
        Runtime runtime = Runtime.getRuntime();
        runtime.addShutdownHook(new Thread(
                () -> {
                    manager.ifPresent(socket -> socket.stopping(drain.plus(STOP_MAX)));
                    LoggerFactory.getLogger(ServeCommand.class)
                            .info("stopping: running downloads have {} s to finish", drain.toSeconds());
                    server.stop(drain);
                    directory.close();
                    manager.ifPresent(NotifySocket::close);
                    Logging.stop();
                    runtime.halt(0);
                },
                "stop"));
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
