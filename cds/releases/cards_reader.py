"""cards.yaml to CardContent, with the words that the questionnaire has for its answer codes."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cds.foundation.yaml import Document
from cds.values.release import (
    AssessmentRoles,
    CardContent,
    CardTemplate,
    Cluster,
    Coding,
    HookService,
    NotJudged,
    OnlyRows,
    OrderCheck,
    OrderedSet,
    RecommendationContent,
    RuleText,
    Section,
    Variant,
)


def read(document: Document, questionnaire: Mapping[str, Any]) -> CardContent:
    """The card content; the document has been checked against its schema."""
    value = document.value
    service = value["service"]
    systems = value["terminology"]
    texts = {rule: _text(entry) for rule, entry in value["texts"].items()}
    return CardContent(
        title=service["title"],
        description=service["description"],
        hook=service["hook"],
        usage=service["usage"],
        product=service["product"],
        roles=_roles(value["assessment"]),
        words=dict(_answer_words(questionnaire))
        | {"question": dict(_questions(questionnaire))}
        | value["words"]
        | {"prefetch": value["prefetch-names"]},
        phrases=value["phrases"] | value.get("sentences", {}),
        texts=texts | {"offer": _text(value["offer-text"])},
        recommendations={entry["code"]: _recommendation(entry) for entry in value["recommendations"]},
        recommendation_system=systems["recommendations"],
        topics={key: Coding(systems["topics"], entry["code"], entry["display"]) for key, entry in value["topics"].items()},
        cards={entry["id"]: _card(entry) for entry in value["cards"]},
        without_content=tuple(value["cards-without-content"]),
        clusters=tuple(Cluster(entry["label"], tuple(entry["facts"])) for entry in value["clusters"]),
        reason=Coding(**value["reason"]),
        override_reasons=tuple(Coding(systems["override-reasons"], entry["code"], entry["display"]) for entry in value["override-reasons"]),
        services=tuple(_service(entry) for entry in value.get("services", ())),
        orders=tuple(_check(entry) for entry in value.get("orders", ())),
    )


def _roles(entry: Mapping[str, Any]) -> AssessmentRoles:
    words = {key.replace("-", "_"): value for key, value in entry.items()}
    return AssessmentRoles(**{"pathway_name": entry["pathway-rules"]} | words | {"ranked": tuple(entry["ranked"])})


def _text(entry: Mapping[str, str]) -> RuleText:
    return RuleText(entry.get("clinician", ""), entry.get("patient", ""), entry.get("order", ""))


def _recommendation(entry: Mapping[str, str]) -> RecommendationContent:
    return RecommendationContent(entry["code"], entry["display"], entry["meaning"], entry.get("propose") == "yes", entry.get("ordered-as", ""))


def _service(entry: Mapping[str, Any]) -> HookService:
    return HookService(entry["hook"], entry["title"], entry["description"], tuple(entry.get("cards", ())), entry.get("quiet") == "yes")


def _check(entry: Mapping[str, Any]) -> OrderCheck:
    return OrderCheck(
        card=_card(entry),
        indicator=entry["indicator"],
        kinds=tuple(entry["kinds"]),
        sets=tuple(_ordered_set(one) for one in entry["sets"]),
        rules=_rules(entry),
        when={name: tuple(values) for name, values in entry.get("when", {}).items()},
        not_judged=NotJudged(waits["when"], waits["say"], _rules(waits)) if (waits := entry.get("not-judged")) else None,
        read_as=entry.get("read-as", {}),
    )


def _rules(entry: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {decision: tuple(rules) for decision, rules in entry.get("rules", {}).items()}


def _ordered_set(entry: Mapping[str, str]) -> OrderedSet:
    over = entry.get("daily-dose-over")
    return OrderedSet(entry["value-set"], Decimal(over) if over else None)


def _card(entry: Mapping[str, Any]) -> CardTemplate:
    return CardTemplate(
        id=entry["id"],
        summaries=tuple(Variant(variant["when"], variant["say"], _only(variant.get("only"))) for variant in entry["summaries"]),
        sections=tuple(_section(one) for one in entry["sections"]),
        suggestions=entry.get("suggestions") == "yes",
        form=entry.get("form") == "yes",
        topic=entry.get("topic", ""),
    )


def _only(entry: Mapping[str, Any] | None) -> OnlyRows | None:
    return OnlyRows(entry["from"], entry["grade"], tuple(entry["rows"])) if entry else None


def _section(entry: Mapping[str, Any]) -> Section:
    return Section(
        entry["show"],
        entry["heading"],
        decisions=tuple(entry.get("from", ())),
        deciding=entry.get("deciding") == "yes",
        grades=tuple(entry.get("grades", ())),
        phrase=entry.get("phrase", ""),
        when=entry.get("when", {}),
        without=tuple(entry.get("without", ())),
    )


def _questions(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for child in item.get("item", ()):
        yield child["linkId"], child.get("text", child["linkId"])
        yield from _questions(child)


def _answer_words(item: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    for child in item.get("item", ()):
        options = [option["valueCoding"] for option in child.get("answerOption", ()) if "valueCoding" in option]
        if options:
            yield child["linkId"], {option["code"]: option.get("display", option["code"]) for option in options}
        yield from _answer_words(child)
