"""Scripts by which bash, zsh and fish complete a command line.

Knows shells, and a program as verbs with options. Names that can only be known when they
are asked for are fetched by calling the program: `PROGRAM complete-words STYLE KIND WORD`.

What a word may be is told by its `Takes`: one of `WORDS`' kinds, `files`, `folders`,
`nothing`, or the words themselves; None is an option that takes no word.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from jobmake.tools.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Takes = str | tuple[str, ...] | None
NOTHING, FILES, FOLDERS = "nothing", "files", "folders"


class Option(Value):
    """An option by all its names (`-j`, `--jobs`), and what its word may be."""

    names: tuple[str, ...]
    takes: Takes
    help: str


class Verb(Value):
    """A verb, its options, and what its arguments may be."""

    name: str
    help: str
    options: tuple[Option, ...]
    takes: Takes


def bash(program: str, verbs: Sequence[Verb]) -> str:
    """Return the script for bash."""
    return _filled(_BASH, program, verbs)


def zsh(program: str, verbs: Sequence[Verb]) -> str:
    """Return the script for zsh."""
    pairs = [shlex.quote(f"{_plain(verb.name)}:{verb.help}") for verb in verbs]
    described = "\n".join(
        f"        {verb.name}) found=({' '.join(_described(verb.options))}) ;;" for verb in verbs
    )
    text = _filled(_ZSH, program, verbs)
    return text.replace("@PAIRS@", " ".join(pairs)).replace("@DESCRIBED@", described)


def fish(program: str, verbs: Sequence[Verb]) -> str:
    """Return the script for fish."""
    common = _shared(verbs)
    shared = {one.names[-1] for one in common}
    other = {
        verb.name for verb in verbs for one in common if _is_reused(one, verbs)
        and one not in verb.options
    }  # fmt: skip
    lines = [
        f"complete -c @PROGRAM@{_fish_option(one)}" for one in common if not _is_reused(one, verbs)
    ]
    unless = " ".join(sorted(other))
    lines.extend(
        f"complete -c @PROGRAM@ -n 'not __@PROGRAM@_verb {unless}'{_fish_option(one)}"
        for one in common
        if _is_reused(one, verbs)
    )
    for verb in verbs:
        lines.append(f"complete -c @PROGRAM@ -n __@PROGRAM@_verb -a {verb.name} -d {_q(verb.help)}")
        when = f"complete -c @PROGRAM@ -n '__@PROGRAM@_verb {verb.name}'"
        lines.extend(
            when + _fish_option(one) for one in verb.options if one.names[-1] not in shared
        )
        if verb.takes is not None:
            lines.append(when + _fish_takes(verb.takes).replace(" -x", "").replace(" -r", ""))
    text = _FISH.replace("@LINES@", "\n".join(lines))
    return _filled(text, program, verbs)


def _is_reused(option: Option, verbs: Sequence[Verb]) -> bool:
    """Say whether a verb has another use for one of an option's names, which takes a word."""
    flags = {flag.partition(":")[2] for flag in _flags(verbs)}
    return bool(option.takes) and not flags.isdisjoint(option.names)


def _fish_option(option: Option) -> str:
    names = [f" -l {one[2:]}" if one.startswith("--") else f" -s {one[1:]}" for one in option.names]
    return "".join(names) + _fish_takes(option.takes) + f" -d {_q(option.help)}"


SHELLS: dict[str, Callable[[str, Sequence[Verb]], str]] = {"bash": bash, "zsh": zsh, "fish": fish}


def _filled(text: str, program: str, verbs: Sequence[Verb]) -> str:
    """Fill in what the scripts have in common: the cases of what words may be."""
    takes = "\n".join(
        f"        {pattern}) echo {shlex.quote(told)} ;;" for pattern, told in _cases(verbs)
    )
    options = "\n".join(
        f"        {verb.name}) echo {' '.join(n for o in verb.options for n in o.names)} ;;"
        for verb in verbs
    )
    valued = _valued(verbs)
    return (
        text.replace("@TAKES@", takes)
        .replace("@OPTIONS@", options)
        .replace("@VALUED@", " ".join(sorted(valued)))
        .replace("@FLAGS@", " ".join(_flags(verbs)))
        .replace("@VERBS@", " ".join(verb.name for verb in verbs))
        .replace("@PROGRAM@", program)
    )


def _cases(verbs: Sequence[Verb]) -> Iterator[tuple[str, str]]:
    """Yield (pattern of `VERB:OPTION`, what is taken); a verb's arguments are `VERB:`."""
    common = [one for one in _shared(verbs) if one.takes]
    shared = {one.names[-1] for one in common}
    for verb in verbs:
        for option in verb.options:
            if option.takes and option.names[-1] not in shared:
                yield "|".join(f"{verb.name}:{name}" for name in option.names), _told(option.takes)
        if verb.takes is not None:
            yield f"{verb.name}:", _told(verb.takes)
    for option in common:
        yield "|".join(f"*:{name}" for name in option.names), _told(option.takes)


def _shared(verbs: Sequence[Verb]) -> list[Option]:
    """Return the options that all verbs have, told apart by their long names: a verb may have
    another use for a short one (`log -f`)."""
    longs = [{one.names[-1] for one in verb.options} for verb in verbs]
    return [one for one in verbs[0].options if all(one.names[-1] in each for each in longs)]


def _valued(verbs: Sequence[Verb]) -> set[str]:
    """Return the options after which a word comes, of some verb at least."""
    return {name for verb in verbs for one in verb.options for name in one.names if one.takes}


def _flags(verbs: Sequence[Verb]) -> Iterator[str]:
    """Yield each `VERB:OPTION` that takes no word, though other verbs' option of that name does."""
    valued = _valued(verbs)
    for verb in verbs:
        for option in verb.options:
            if not option.takes:
                yield from (f"{verb.name}:{one}" for one in option.names if one in valued)


def _told(takes: Takes) -> str:
    return " ".join(("words", *takes)) if isinstance(takes, tuple) else str(takes)


def _described(options: tuple[Option, ...]) -> Iterator[str]:
    for option in options:
        for name in option.names:
            yield shlex.quote(f"{_plain(name)}:{option.help}")


def _fish_takes(takes: Takes) -> str:
    match takes:
        case None:
            return ""
        case tuple():
            return f" -x -a {_q(' '.join(takes))}"
        case "files":
            return " -r -F"
        case "folders":
            return " -x -a '(__fish_complete_directories (commandline -ct))'"
        case "nothing":
            return " -x"
        case _:
            return f" -x -a '(__@PROGRAM@_words {takes})'"


def _plain(text: str) -> str:
    return text.replace(":", "\\:")


def _q(text: str) -> str:
    """Quote a text for fish, where a backslash counts inside single quotes, too."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_BASH = """\
# Completion of @PROGRAM@ in bash. In ~/.bashrc: eval "$(@PROGRAM@ completion bash)"

_@PROGRAM@_options() {
    case $1 in
@OPTIONS@
    esac
}

# what the word after an option may be, or (after the colon alone) an argument
_@PROGRAM@_takes() {
    case $1 in
@TAKES@
    esac
}

_@PROGRAM@() {
    local rest=${COMP_LINE:0:COMP_POINT} trimmed word verb= option= skip= takes= lead= cur
    local -a words=()
    # readline also splits at `=` and `:`; what no blank stands between is one word
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        trimmed=${rest#"${rest%%[![:space:]]*}"}
        [[ ${#word} -gt ${#trimmed} ]] && word=$trimmed
        if [[ ${#words[@]} -eq 0 || $trimmed != "$rest" ]]; then
            words+=("$word")
        else
            words[${#words[@]}-1]+=$word
        fi
        rest=${trimmed#"$word"}
    done
    cur=${words[${#words[@]}-1]}
    for word in "${words[@]:1:${#words[@]}-2}"; do
        option=
        if [[ -n $skip ]]; then
            skip=
        elif [[ $word == -* ]]; then
            [[ " @VALUED@ " == *" $word "* && " @FLAGS@ " != *" $verb:$word "* ]] &&
                skip=1 option=$word
        elif [[ -z $verb ]]; then
            verb=$word
        fi
    done
    COMPREPLY=()
    if [[ -n $option ]]; then
        takes=$(_@PROGRAM@_takes "$verb:$option")
    elif [[ $cur == --*=* ]]; then
        takes=$(_@PROGRAM@_takes "$verb:${cur%%=*}")
        [[ $COMP_WORDBREAKS == *=* ]] || lead=${cur%%=*}=
        cur=${cur#*=}
    elif [[ $cur == -* ]]; then
        takes="words $(_@PROGRAM@_options "${verb:-build}")"
    elif [[ -z $verb ]]; then
        takes="words @VERBS@"
    else
        takes=$(_@PROGRAM@_takes "$verb:")
    fi
    case $takes in
        words\\ *) mapfile -t COMPREPLY < <(compgen -W "${takes#words }" -- "$cur") ;;
        folders) compopt -o dirnames +o default ;;
        files) ;;
        nothing|'') compopt +o default +o bashdefault ;;
        *) mapfile -t COMPREPLY < <(
            @PROGRAM@ complete-words bash "$takes" "$cur" "$COMP_WORDBREAKS" -- \\
                "${words[@]:1:${#words[@]}-2}" 2> /dev/null
        ) ;;
    esac
    [[ -n $lead ]] && COMPREPLY=("${COMPREPLY[@]/#/$lead}")
    return 0
}

complete -o bashdefault -o default -F _@PROGRAM@ @PROGRAM@
"""

_ZSH = """\
#compdef @PROGRAM@
# Completion of @PROGRAM@ in zsh. In ~/.zshrc, after compinit: eval "$(@PROGRAM@ completion zsh)"

# what the word after an option may be, or (after the colon alone) an argument
_@PROGRAM@_takes() {
    case $1 in
@TAKES@
    esac
}

_@PROGRAM@_describe_options() {
    local -a found
    case $1 in
@DESCRIBED@
    esac
    _describe -o option found
}

_@PROGRAM@() {
    local word verb= option= skip= takes=
    local -a found
    for word in "${(@)words[2,CURRENT-1]}"; do
        option=
        if [[ -n $skip ]]; then
            skip=
        elif [[ $word == -* ]]; then
            [[ " @VALUED@ " == *" $word "* && " @FLAGS@ " != *" $verb:$word "* ]] &&
                skip=1 option=$word
        elif [[ -z $verb ]]; then
            verb=$word
        fi
    done
    if [[ -n $option ]]; then
        takes=$(_@PROGRAM@_takes "$verb:$option")
    elif [[ $PREFIX == --*=* ]]; then
        takes=$(_@PROGRAM@_takes "$verb:${PREFIX%%=*}")
        compset -P 1 '*='
    elif [[ $PREFIX == -* ]]; then
        _@PROGRAM@_describe_options "${verb:-build}"
        return
    elif [[ -z $verb ]]; then
        found=(@PAIRS@)
        _describe command found
        return
    else
        takes=$(_@PROGRAM@_takes "$verb:")
    fi
    case $takes in
        words\\ *) compadd -- ${=takes#words } ;;
        folders) _files -/ ;;
        files) _files ;;
        nothing|'') ;;
        *)
            found=("${(@f)$(@PROGRAM@ complete-words plain "$takes" "$QIPREFIX$PREFIX" -- \\
                "${(@)words[2,CURRENT-1]}" 2> /dev/null)}")
            found=("${(@)found:#}")
            if (( $#found )); then compadd -a found; else _files; fi
            ;;
    esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _@PROGRAM@ "$@"
else
    compdef _@PROGRAM@ @PROGRAM@
fi
"""

_FISH = """\
# Completion of @PROGRAM@ in fish:
# @PROGRAM@ completion fish > ~/.config/fish/completions/@PROGRAM@.fish

# whether the verb is the one named, or, if none is, whether there is no verb yet
function __@PROGRAM@_verb
    set -l skip 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
        else if string match -q -- '-*' $word
            contains -- $word @VALUED@; and set skip 1
        else
            test "$word" = "$argv[1]"
            return
        end
    end
    test (count $argv) = 0
end

function __@PROGRAM@_words
    set -l words (commandline -opc)
    set -l word (commandline -ct | string collect)
    @PROGRAM@ complete-words plain $argv[1] "$word" -- $words[2..-1] 2> /dev/null
end

complete -c @PROGRAM@ -f
@LINES@
"""
