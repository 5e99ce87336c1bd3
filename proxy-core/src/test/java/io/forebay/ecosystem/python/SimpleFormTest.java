package io.forebay.ecosystem.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which form a client gets, by what real clients send. */
@DisplayName("failures 13: the form follows Accept")
class SimpleFormTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "pip, pdm | application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01 | JSON_V1",
                "uv | application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01 | JSON_V1",
                "poetry 1.3.2, twine | */* | HTML",
                "poetry 2.4 | application/vnd.pypi.simple.v1+json, */*;q=0.1 | JSON_V1",
                "poetry 2.4, PyPI itself | application/vnd.pypi.simple.v1+json | JSON_V1",
                "browser | text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8 | HTML",
                "html first | application/vnd.pypi.simple.v1+html, text/html;q=0.5 | HTML_V1",
                "latest | application/vnd.pypi.simple.latest+json | JSON_V1",
                "latest html | application/vnd.pypi.simple.latest+html | HTML_V1",
                "upper case | APPLICATION/VND.PYPI.SIMPLE.V1+JSON | JSON_V1",
                "refused | application/vnd.pypi.simple.v1+json;q=0, text/html;q=0.1 | HTML",
                "wildcard behind a refusal | text/html;q=0, */* | JSON_V1",
                "type wildcard | application/* | JSON_V1",
                "specific beats wildcard | application/*;q=1, application/vnd.pypi.simple.v1+json;q=0.1 | HTML_V1",
                "parameters | text/html;level=1;q=0.1, application/vnd.pypi.simple.v1+json;q=0.2 | JSON_V1",
                "nothing acceptable | image/png | HTML",
                "nonsense | ;;,,q=,/ | HTML",
                "bad weight | application/vnd.pypi.simple.v1+json;q=NaN, text/html;q=0.1 | HTML",
                "empty | '' | HTML"
            })
    void of_accept_isTheFormWanted(String client, String accept, SimpleForm form) {
        assertThat(SimpleForm.of(Optional.of(accept), Optional.empty()))
                .as(client)
                .isEqualTo(form);
    }

    @Test
    void of_noAccept_isHtml() {
        assertThat(SimpleForm.of(Optional.empty(), Optional.empty())).isEqualTo(SimpleForm.HTML);
    }

    @ParameterizedTest
    @CsvSource({
        "format=application/vnd.pypi.simple.v1+json, JSON_V1",
        "format=application%2Fvnd.pypi.simple.v1%2Bjson, JSON_V1",
        "a=b&format=application/vnd.pypi.simple.latest+html, HTML_V1",
        "format=text/html, HTML",
        "format=image/png, HTML",
        "x, HTML"
    })
    void of_formatInQuery_goesBeforeAccept(String query, SimpleForm form) {
        assertThat(SimpleForm.of(Optional.of("text/html"), Optional.of(query))).isEqualTo(form);
    }
}
