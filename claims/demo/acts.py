"""What the demo desk did, in order: who, what, on which claim, and with what. Every state, verdict, clearance and reply
outcome occurs. Words are the acts' of ``claims.demo.acting``; days and hours are counted from the first start.
"""

from typing import Any

C, P, R, L = "demo_council/", "demo_post/", "demo_radio/", "demo_lantern/"

#: (username, act, claim's key, what else the act takes)
ACTS: list[tuple[str, str, str, dict[str, Any]]] = [
    # --- our own copy: what is plain ---
    ("ida", "tick", L + "resigned-after-five-days", {}),
    ("tom", "sign_off", L + "resigned-after-five-days", {}),
    ("tom", "clear", L + "resigned-after-five-days", {"value": "clear"}),
    ("ida", "tick", L + "first-warning-memo", {}),
    ("tom", "sign_off", L + "first-warning-memo", {}),
    ("tom", "clear", L + "first-warning-memo", {"value": "clear"}),
    ("ida", "tick", L + "council-says-they-did-not", {}),
    ("tom", "sign_off", L + "council-says-they-did-not", {}),
    ("tom", "clear", L + "council-says-they-did-not", {"value": "clear"}),
    ("ida", "tick", L + "threlby-on-motor", {}),
    ("tom", "sign_off", L + "threlby-on-motor", {}),
    ("tom", "clear", L + "threlby-on-motor", {
        "value": "clear_with_attribution", "wording": "gatekeeper Jonas Threlby wrote",
    }),
    ("ida", "tick", L + "kettlewood-no-warning", {}),
    ("ida", "tick", L + "castick-on-gate", {}),
    # --- sent back, asked for, fallen ---
    ("ida", "tick", L + "brigade-wrote-in-january", {}),
    ("tom", "send_back", L + "brigade-wrote-in-january", {"note": "Which day in January? We have only the memo."}),
    ("ida", "remark", L + "brigade-wrote-in-january", {
        "kind": "to_do", "body": "@tom The brigade's office looks for its copy of the letter.",
    }),
    ("ida", "take", L + "office-locked", {}),
    ("ida", "remark", L + "office-locked", {
        "kind": "question", "asked_of": "author", "body": "Did either of the two say at what time they were there?",
    }),
    ("ida", "tick", L + "weir-street-boils", {}),
    ("tom", "sign_off", L + "weir-street-boils", {}),
    ("tom", "clear", L + "weir-street-boils", {"value": "clear"}),
    ("ida", "edit", L + "weir-street-boils", {
        "columns": {"place": "Weir Street 1 to 40, Thurlode"}, "why": "The notice has house numbers.",
    }),
    # --- what takes reasons ---
    ("ida", "assess", L + "kettlewood-passed-on-letters", {
        "verdict": "disputed",
        "rationale": "Her word; the papers neither show nor exclude it. The council does not say.",
    }),
    ("tom", "sign_off", L + "kettlewood-passed-on-letters", {}),
    ("tom", "clear", L + "kettlewood-passed-on-letters", {"value": "inform_only"}),
    ("ida", "assess", L + "leaders-asked-her-to-go", {
        "verdict": "unverifiable",
        "rationale": "One informant, whom the author alone knows; nobody else was in the room.",
    }),
    ("tom", "sign_off", L + "leaders-asked-her-to-go", {"note": "As it stands we cannot show it."}),
    ("levi", "legal_hold", L + "leaders-asked-her-to-go", {
        "note": "Not before the informant has agreed to the wording.",
    }),
    ("ida", "assess", L + "ill-64", {
        "verdict": "outdated", "rationale": "The bulletin of 20 November; a newer one is due before the page closes.",
        "review_in_days": 1,
    }),
    ("tom", "sign_off", L + "ill-64", {}),
    ("tom", "clear", L + "ill-64", {"value": "hold", "note": "Wait for the new bulletin."}),
    ("ida", "assess", L + "child-in-intensive-care", {
        "verdict": "unsupported", "flags": ["missing_context"],
        "rationale": "Third hand: a nurse to the radio to the Post. Nobody of the health office confirms it.",
    }),
    ("tom", "sign_off", L + "child-in-intensive-care", {}),
    ("ida", "change", L + "child-in-intensive-care", {
        "replacement": "", "reason": "No one who knows says so.", "force": "must", "decision": "accepted",
    }),
    ("ida", "change", L + "headline-quits-over-gate", {
        "replacement": "Works chair quits after flood", "force": "must",
        "reason": "Her letter names no reason; the order of events is what we know.",
        "decision": "reworded", "decided": "Works chair quits five days after flood",
    }),
    ("ida", "assess", L + "headline-quits-over-gate", {
        "verdict": "unsupported", "flags": ["misleading_framing"],
        "rationale": "That she went because of the gate is nowhere said on the record.",
    }),
    # --- the accused ---
    ("ida", "ask", L + "three-warnings", {"accused": "ilse_kettlewood", "hours": -20, "sent": -70}),
    ("ida", "assess", L + "three-warnings", {
        "verdict": "mostly_accurate", "flags": ["missing_context"],
        "rationale": "The memo, the brigade's letter and the gatekeeper's note are there; that all three reached her "
        "own desk is not shown.",
    }),
    ("tom", "sign_off", L + "three-warnings", {}),
    ("ruth", "sign_off", L + "three-warnings", {"note": "Her answer stands beside it."}),
    ("tom", "clear", L + "three-warnings", {
        "value": "clear_with_attribution", "wording": "papers seen by the Lantern show",
    }),
    ("ida", "ask", L + "firm-absent-since-may", {"accused": "osmer_dray", "hours": -24, "sent": -72}),
    ("ida", "assess", L + "firm-absent-since-may", {
        "verdict": "accurate",
        "rationale": "The log at the gate, and the River Board's report, which is under embargo.",
    }),
    ("tom", "sign_off", L + "firm-absent-since-may", {}),
    ("ruth", "sign_off", L + "firm-absent-since-may", {}),
    ("tom", "clear", L + "firm-absent-since-may", {"value": "hold", "note": "Until the report's embargo ends."}),
    ("ida", "ask", L + "director-related-to-clerk", {"accused": "dorian_pellick", "hours": -4, "sent": -52}),
    ("ida", "ask", L + "director-related-to-clerk", {"accused": "hugh_larkby", "hours": 0.75, "sent": -24}),
    ("ida", "assess", L + "director-related-to-clerk", {
        "verdict": "accurate", "rationale": "The clerk's own declaration of interests to the council.",
    }),
    ("ida", "ask", P + "memo-not-acted-on", {"accused": "thurlode_council", "hours": 26, "sent": -1}),
    ("ida", "take", P + "memo-not-acted-on", {}),
    ("tom", "exempt", R + "man-charged-with-theft", {
        "accused": "man_charged", "exempt": "not_identifiable",
        "because": "No name, no street; a town of some thousands.",
    }),
    ("ida", "assess", R + "man-charged-with-theft", {
        "verdict": "accurate", "rationale": "As the charge has it; whether he did it is the court's to say.",
    }),
    ("tom", "sign_off", R + "man-charged-with-theft", {}),
    ("ruth", "sign_off", R + "man-charged-with-theft", {}),
    ("tom", "clear", R + "man-charged-with-theft", {
        "value": "clear_with_attribution", "wording": "is charged with",
    }),
    ("levi", "exempt", P + "foreman-convicted", {
        "accused": "piers_aldane", "exempt": "court_record_only",
        "because": "Only what the judgment says, and as it says it.",
    }),
    ("ida", "take", P + "foreman-convicted", {}),
    ("ida", "ask", R + "memo-kept-from-public", {"accused": "thurlode_council", "hours": 3, "sent": -3}),
    ("ida", "assess", R + "memo-kept-from-public", {
        "verdict": "unsupported", "rationale": "The memo was filed; nothing shows that anybody kept it back.",
    }),
    ("tom", "sign_off", R + "memo-kept-from-public", {}),
    ("ruth", "sign_off", R + "memo-kept-from-public", {}),
    ("ruth", "clear", R + "memo-kept-from-public", {
        "value": "inform_only", "override_reason": "For our own people only, before the council's deadline.",
    }),
    # --- other people's copy ---
    ("ida", "assess", P + "headline-47-ill", {
        "verdict": "mixed", "rationale": "Its own text has 43; 47 may be a later count, and nobody says so.",
    }),
    ("tom", "sign_off", P + "headline-47-ill", {}),
    ("ida", "assess", P + "contract-240000", {
        "verdict": "inaccurate", "rationale": "The award has £204,000: two figures changed places.",
    }),
    ("tom", "sign_off", P + "contract-240000", {}),
    ("ida", "assess", R + "more-than-300-ill", {
        "verdict": "mostly_inaccurate", "flags": ["exaggerated"],
        "rationale": "Calls to a telephone line, not patients; the health office counts 61 in all Three Vales.",
    }),
    ("tom", "sign_off", R + "more-than-300-ill", {}),
    ("ida", "assess", R + "mill-will-not-reopen", {
        "verdict": "not_checkable", "rationale": "Of the future, and nobody has decided it.",
    }),
    ("tom", "sign_off", R + "mill-will-not-reopen", {}),
    ("tom", "clear", R + "mill-will-not-reopen", {"value": "inform_only"}),
    ("ida", "assess", C + "contract-204000", {
        "verdict": "accurate", "rationale": "The award in the council's register.",
    }),
    ("tom", "sign_off", C + "contract-204000", {}),
    ("tom", "clear", C + "contract-204000", {"value": "clear"}),
    ("ida", "ran", C + "contract-204000", {
        "url": "https://thurlode-lantern.example/2026/mill-gate-contract",
        "printed": "a contract worth £204,000 a year",
    }),
    ("tom", "reopen", C + "contract-204000", {"reason": "A reader: not a year, but four years at the most."}),
    ("ida", "assess", C + "contract-204000", {
        "verdict": "mostly_accurate", "rationale": "The sum is right; it is for all four years.",
        "flags": ["missing_context"],
    }),
    ("tom", "sign_off", C + "contract-204000", {}),
    # --- nothing more to do ---
    ("tom", "close", P + "river-over-bridge", {"because": "duplicate", "of": C + "river-over-bridge"}),
    ("tom", "close", R + "called-it-a-disgrace", {"because": "out_of_scope", "reason": "We do not print it."}),
    ("tom", "close", P + "photograph-by-oakby", {"because": "dropped", "reason": "The picture is not ours."}),
    ("tom", "close", R + "nobody-in-danger", {"because": "not_checkable", "reason": "Nobody of the hospital may say."}),
    # --- given out ---
    ("tom", "assign", L + "teaser-three-warnings", {"to": "ida"}),
    ("tom", "assign", P + "no-other-firm-asked", {"to": "ida"}),
]  # fmt: skip
