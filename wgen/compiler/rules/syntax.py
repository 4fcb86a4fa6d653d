"""WG0: rules about the text of a flow, found before it means anything."""

from __future__ import annotations

from wgen.compiler.diagnostics import Rule

# ---- sentences -------------------------------------------------------------------------------------------------------

UNREADABLE = Rule("WG001", "unreadable-sentence", "error", "a sentence that is not in any form its keyword has")
UNKNOWN_KEYWORD = Rule("WG002", "unknown-keyword", "error", "an @Word that is no keyword")
FOREIGN_KEYWORD = Rule("WG003", "foreign-keyword", "error", "a keyword of another language, such as @Else or @If")
NO_KEYWORD = Rule("WG004", "missing-keyword", "error", "a line that does not begin with an @Keyword")
AT_WORD = Rule("WG005", "at-word", "error", "a word that begins with @ in the middle of a sentence")
CONTINUES_NOTHING = Rule("WG006", "continues-nothing", "error", "a continuation line with no sentence above it")
LATE_HEADER = Rule("WG007", "late-header", "error", "a header sentence behind the first step")
NO_NAME = Rule("WG008", "flow-without-name", "error", "a @Flow without a name")
BAD_VERSION = Rule("WG009", "bad-version", "error", "a version that is not a whole number")
EMPTY_FILE = Rule("WG010", "empty-file", "error", "a file without a sentence")
NO_STEPS = Rule("WG011", "flow-without-steps", "error", "a flow that does nothing")
HEADER_ABOVE_FLOW = Rule("WG012", "header-above-flow", "error", "a header sentence other than @Import above @Flow")

# ---- blocks ----------------------------------------------------------------------------------------------------------

UNCLOSED_BLOCK = Rule("WG020", "unclosed-block", "error", "a block without its @End")
STRAY_END = Rule("WG021", "stray-end", "error", "an @End that closes nothing")
EMPTY_BLOCK = Rule("WG022", "empty-block", "error", "a block without a step")
MISPLACED = Rule("WG023", "misplaced-sentence", "error", "a sentence that only stands in a block of another kind")
AFTER_OTHERWISE = Rule("WG024", "after-otherwise", "error", "an @Otherwise or @Or when below @Otherwise")
NOTHING_BESIDE = Rule("WG025", "nothing-beside", "error", "an @And with nothing above it to join")
BELONGS_TO_NOTHING = Rule("WG026", "belongs-to-nothing", "error", "a @Provide, @Undo, text or table without a task")
NO_CLAUSE = Rule("WG027", "missing-clause", "error", "a @Try, @Together or @Await without the part that makes it one")
SECOND_UNDO = Rule("WG028", "second-undo", "error", "a task with two @Undo")
TOO_DEEP = Rule("WG029", "nested-too-deep", "error", "blocks in blocks, deeper than anybody can follow")

# ---- signs -----------------------------------------------------------------------------------------------------------

UNCLOSED_BRACKET = Rule("WG030", "unclosed-bracket", "error", "a bracket that is not closed on its line")
STRAY_BRACKET = Rule("WG031", "stray-bracket", "error", "a closing bracket without an opening one")
NESTED_BRACKET = Rule("WG032", "nested-bracket", "error", "a bracket inside a bracket")
EMPTY_BRACKET = Rule("WG033", "empty-bracket", "error", "a bracket without a value")
BRACKET_SIGN = Rule("WG034", "sign-in-bracket", "error", "a comma, quote or hyphen where a value can't hold one")
LONG_DASH = Rule("WG035", "long-dash", "error", "an en or em dash in a value")
UNCLOSED_QUOTE = Rule("WG036", "unclosed-quote", "error", "a quote that is not closed on its line")
SWALLOWED = Rule("WG037", "swallowed-by-comment", "error", "a # that cuts a bracket or a quote in two")
HIDDEN_VALUE = Rule("WG038", "hidden-value", "warning", "a # that turns a value into a comment")
CURLY_QUOTE = Rule("WG039", "typographic-quote", "error", "quotes of a word processor in place of plain ones")
ODD_BLANK = Rule("WG040", "odd-blank", "error", "a no-break or invisible blank")
CONTROL_SIGN = Rule("WG041", "control-sign", "error", "a sign that no editor shows")

# ---- parts of sentences ----------------------------------------------------------------------------------------------

WORDS_BEHIND_MARKER = Rule("WG050", "words-behind-marker", "error", "words behind using, Use or giving")
NO_WORDS = Rule("WG051", "task-without-words", "error", "a task that does not say what to do")
BAD_MODIFIER = Rule("WG052", "bad-modifier", "error", "a modifier that can't be read")
BAD_DURATION = Rule("WG053", "bad-duration", "error", "a duration that can't be read")
BAD_CONDITION = Rule("WG054", "bad-condition", "error", "a condition that can't be read")
TWICE = Rule("WG055", "option-twice", "error", "an option or setting that is given twice")
NOT_WHOLE = Rule("WG056", "not-a-whole-number", "error", "a count that is not a whole number")
NO_BRACKETS = Rule("WG057", "value-without-brackets", "error", "a value that is not in brackets")
NO_QUOTES = Rule("WG058", "text-without-quotes", "error", "a text that is not in quotes")

# ---- texts and tables ------------------------------------------------------------------------------------------------

UNCLOSED_TEXT = Rule("WG070", "unclosed-text", "error", "a text block that is never closed")
UNCLOSED_ROW = Rule("WG071", "unclosed-row", "error", "a table row that does not end with |")
RAGGED_ROW = Rule("WG072", "ragged-row", "error", "a table row with more or fewer cells than the first")

RULES: tuple[Rule, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Rule))
