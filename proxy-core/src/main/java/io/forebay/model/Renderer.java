package io.forebay.model;

import java.util.List;

/**
 * A pure function from revisions to a page. Safe for use by many threads; takes CPU time, so it never runs on an event
 * loop.
 */
public interface Renderer {
    /** Names the function and its parameters: equal ids, parts and views give equal bytes. */
    String id();

    /**
     * Whether {@link #render} leaves out by itself what is newer than {@link View#before}: then a later revision may stand in
     * for a day before the first one known.
     */
    default boolean reachesBack() {
        return false;
    }

    /**
     * Renders the page.
     *
     * @throws ForebayException of kind {@code ORIGIN_INVALID} when a part is not such a page, of kind {@code NOT_FOUND}
     *     when the view leaves nothing to show
     */
    Rendition render(List<Part> parts, View view);
}
