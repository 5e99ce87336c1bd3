package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.ConnectionFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.binding.BindMarkersFactory;
import org.springframework.r2dbc.core.binding.BindMarkersFactoryResolver;

/**
 * Tells Spring's {@code DatabaseClient} how SQLite writes parameters: {@code ?1}. Found through {@code META-INF/spring.factories};
 * without Spring on the class path nobody loads it. Stateless.
 */
final class SqliteBindMarkers implements BindMarkersFactoryResolver.BindMarkerFactoryProvider {
    @Override
    public @Nullable BindMarkersFactory getBindMarkers(ConnectionFactory connectionFactory) {
        return connectionFactory.getMetadata().getName().equals(SqliteConnectionFactory.PRODUCT)
                ? BindMarkersFactory.indexed("?", 1)
                : null;
    }
}
