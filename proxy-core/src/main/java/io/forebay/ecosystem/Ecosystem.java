package io.forebay.ecosystem;

import io.forebay.model.Plan;
import io.forebay.model.Source;
import io.forebay.model.Target;
import java.util.List;

/**
 * What the paths of one kind of repository mean. Pure: the same target and sources give the same plan. Safe for use by
 * many threads.
 */
public interface Ecosystem {
    /** {@code r} or {@code python}: the first word of a {@link io.forebay.model.PackageId}. */
    String name();

    /**
     * Plans a request.
     *
     * @param sources in order of priority, all of a type this ecosystem knows
     * @throws io.forebay.model.ForebayException of kind {@code BAD_REQUEST} for an illegal name, {@code NOT_FOUND} for a
     *     path that has no meaning here
     */
    Plan plan(Target target, List<Source> sources);

    /** What people look packages of this kind up in. */
    Directory directory();
}
