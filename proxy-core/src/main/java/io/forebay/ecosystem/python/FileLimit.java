package io.forebay.ecosystem.python;

import io.forebay.model.ForebayException;

/** Ends a page that has more files than any index has of one project. For one page. */
final class FileLimit implements PageVisitor {
    /** The largest page of PyPI has some twenty thousand. */
    static final int FILES_MAX = 500_000;

    private final PageVisitor visitor;
    private int files;

    FileLimit(PageVisitor visitor) {
        this.visitor = visitor;
    }

    @Override
    public void file(PageFile file) {
        files++;
        if (files > FILES_MAX) {
            throw ForebayException.originInvalid("the origin's page has more than " + FILES_MAX + " files");
        }
        visitor.file(file);
    }

    @Override
    public void member(String name, int start, int end) {
        visitor.member(name, start, end);
    }
}
