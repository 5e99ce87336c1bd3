package io.forebay.app;

import io.forebay.cache.Upkeep;
import io.forebay.model.ForebayException;
import io.forebay.store.BlobStore;
import java.time.InstantSource;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * The data directory of a server that does not run: locked, opened, worked on and closed again, by a command. Blocks.
 *
 * <p>Failure: {@link StartFailure} when another process has the directory, or it cannot be opened, or the work
 * fails; {@link WrongUse} when the work is given what it cannot use.
 */
final class Stopped {
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private final Configuration configuration;

    Stopped(Configuration configuration) {
        this.configuration = configuration;
    }

    /** What a stopped server has to work on. */
    record Parts(DataDirectory directory, BlobStore store, Database database, Upkeep upkeep) {}

    /** Does the work; of its values the last holds the result, the others are given to the bar. */
    JsonNode run(Function<Parts, Flux<Object>> work, ProgressBar bar) {
        try (DataDirectory directory = DataDirectory.open(configuration.dataDir())) {
            CleanMark mark = new CleanMark(directory.path());
            boolean unclean = !mark.take();
            try (BlobStore store = Server.store(configuration, directory.path());
                    Database database = Database.open(configuration.database(), directory.path(), store, unclean)) {
                Upkeep upkeep = new Upkeep(
                        store, database.catalog(), configuration.upkeep().keepRevisions(), InstantSource.system());
                JsonNode result = work.apply(new Parts(directory, store, database, upkeep))
                        .map(JSON::<JsonNode>valueToTree)
                        .doOnNext(value -> bar.at(
                                value.path("done").asLong(0),
                                value.path("total").asLong(0)))
                        .blockLast();
                if (result == null) {
                    throw new StartFailure("the work ended without a result");
                }
                mark.set();
                return result.path("result");
            } catch (ForebayException e) {
                mark.set();
                throw e.kind() == ForebayException.Kind.BAD_REQUEST
                        ? new WrongUse(e.getMessage())
                        : new StartFailure(e.getMessage(), e);
            }
        }
    }
}
