package io.forebay.ecosystem.python;

import java.util.List;
import java.util.Optional;

/** Writes files of a page as they were read, links included. */
final class PageCopies {
    private PageCopies() {}

    static byte[] html(PageHead head, List<PageFile> files) {
        return write(new HtmlPageWriter("demo"), head, files);
    }

    static byte[] json(PageHead head, List<PageFile> files) {
        return write(new JsonPageWriter("demo"), head, files);
    }

    private static byte[] write(PageWriter writer, PageHead head, List<PageFile> files) {
        for (PageFile file : files) {
            writer.file(new ShownFile(file, file.url(), file.provenance(), Optional.empty()));
        }
        return writer.finish(head, Optional.empty());
    }
}
