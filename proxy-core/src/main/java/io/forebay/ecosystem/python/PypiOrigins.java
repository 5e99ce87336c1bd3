package io.forebay.ecosystem.python;

import io.forebay.model.Source;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;

/** The origins behind one repository, in order of priority. Immutable. */
final class PypiOrigins implements Iterable<PypiOrigin> {
    private final List<PypiOrigin> inOrder;

    PypiOrigins(List<Source> sources) {
        this.inOrder = sources.stream().map(PypiOrigin::new).collect(Collectors.toUnmodifiableList());
    }

    PypiOrigin of(String source) {
        return inOrder.stream()
                .filter(origin -> origin.name().equals(source))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no source of this repository: " + source));
    }

    String id() {
        return inOrder.stream().map(PypiOrigin::id).collect(Collectors.joining(" "));
    }

    @Override
    public Iterator<PypiOrigin> iterator() {
        return inOrder.iterator();
    }
}
