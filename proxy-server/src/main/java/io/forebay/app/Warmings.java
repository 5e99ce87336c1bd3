package io.forebay.app;

import io.forebay.admin.Operations;
import io.forebay.cache.Turns;
import io.forebay.model.ForebayException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/**
 * Warms a running server for a caller of its API: the server asks itself over the network, as the command does, so that rules, limits
 * and figures are those of any client.
 *
 * @param self where the server answers
 */
record Warmings(Supplier<Remote> self, Turns turns) implements Operations.Warmings {
    Warmings(Supplier<Remote> self) {
        this(self, new Turns("warm"));
    }

    @Override
    public Flux<Object> run(Map<String, String> texts, Optional<String> repository, Optional<String> wheels) {
        Map<Path, String> files = new LinkedHashMap<>();
        texts.forEach((name, text) -> files.put(path(name), text));
        return turns.take(LongWork.telling("warm", sink -> warmed(files, repository, wheels, sink)));
    }

    private Map<String, Object> warmed(
            Map<Path, String> files, Optional<String> repository, Optional<String> wheels, FluxSink<Object> sink) {
        try {
            return new Warm(self.get(), wheels.orElse(Warm.WHEELS), repository, new Told(sink))
                    .run(List.copyOf(files.keySet()), file -> text(files, file))
                    .fields();
        } catch (WrongUse e) {
            throw ForebayException.badRequest(String.valueOf(e.getMessage()));
        } catch (StartFailure e) {
            throw new ForebayException(ForebayException.Kind.INTERNAL, String.valueOf(e.getMessage()));
        }
    }

    /** What a file includes is among the files that were sent: nothing is read on the server. */
    private static String text(Map<Path, String> files, Path file) throws NoSuchFileException {
        String text = files.get(file.normalize());
        if (text == null) {
            throw new NoSuchFileException(file.toString());
        }
        return text;
    }

    private static Path path(String name) {
        try {
            return Path.of(name).normalize();
        } catch (InvalidPathException e) {
            throw ForebayException.badRequest("files: \"" + name + "\" is not a name of a file");
        }
    }

    private record Told(FluxSink<Object> sink) implements Warm.Watcher {
        @Override
        public void lookedUp(int packages, int total) {
            sink.next(Map.of("step", "look up", "done", packages, "total", total));
        }

        @Override
        public void fetched(int files, int total) {
            sink.next(Map.of("step", "fetch", "done", files, "total", total));
        }

        @Override
        public boolean left() {
            return sink.isCancelled();
        }
    }
}
