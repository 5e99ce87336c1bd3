package io.forebay.app;

import io.forebay.observe.Health;
import io.forebay.observe.Metrics;
import io.netty.channel.unix.Errors;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Map;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** The running program: everything there is, joined. */
final class Server implements RunningServer {
    private final DisposableServer http;

    private Server(DisposableServer http) {
        this.http = http;
    }

    static RunningServer start(Configuration configuration, DataDirectory directory) {
        Metrics metrics = new Metrics(configuration.repositories().keySet());
        Health health = new Health(Map.of());
        HttpServer server = HttpServer.create()
                .bindAddress(() -> address(configuration.listen()))
                .route(routes -> routes.get(
                                "/health/live",
                                (request, response) -> response.sendString(
                                        Mono.just(health.live().text())))
                        .get(
                                "/health/ready",
                                (request, response) ->
                                        response.sendString(health.ready().map(Health.Report::text)))
                        .get("/metrics", (request, response) -> response.header("Content-Type", Metrics.CONTENT_TYPE)
                                .sendString(
                                        Mono.fromCallable(metrics::scrape).subscribeOn(Schedulers.boundedElastic()))));
        return new Server(bind(server, configuration.listen()));
    }

    private static InetSocketAddress address(ListenAddress listen) {
        return listen.host().isEmpty()
                ? new InetSocketAddress(listen.port())
                : new InetSocketAddress(listen.host(), listen.port());
    }

    private static DisposableServer bind(HttpServer server, ListenAddress listen) {
        try {
            return server.bindNow();
        } catch (RuntimeException e) {
            throw new StartFailure("cannot listen on " + listen + ": " + reason(e), e);
        }
    }

    private static String reason(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
                return "no such host";
            }
            if (cause instanceof Errors.NativeIoException || cause instanceof BindException) {
                String message = String.valueOf(cause.getMessage());
                return message.contains("in use") ? "another program listens there" : message;
            }
        }
        return String.valueOf(failure.getMessage());
    }

    @Override
    public InetSocketAddress address() {
        return (InetSocketAddress) http.address();
    }

    @Override
    public void stop(Duration drain) {
        http.disposeNow(drain);
    }
}
