"""The names that agent programs give their tools, by what the tool does.

Refuses a name with two meanings: a test holds that no two rows share one. Names are compared without case, `_` and `-`.
Sources: the documentation and offered tools of Claude Code, Copilot and VS Code, Codex, Cursor, Gemini CLI, Kiro,
opencode, Qwen Code and Roo Code.
"""

CANONICAL: dict[str, tuple[str, ...]] = {
    "read": (
        *("Read", "read_file", "view", "read_many_files", "open_file", "fs_read", "NotebookRead", "view_image", "cat"),
        *("read_notebook", "list_code_definition_names", "getNotebookSummary", "readCellOutput"),
    ),
    "write": (
        *("Write", "write_file", "create_file", "write_to_file", "fs_write", "new", "create", "createFile"),
        *("createDirectory", "new_file", "newWorkspace", "create_directory"),
    ),
    "edit": (
        *(
            "Edit",
            "MultiEdit",
            "replace",
            "edit_file",
            "apply_patch",
            "NotebookEdit",
            "str_replace_editor",
            "editFiles",
        ),
        *("apply_diff", "insert_content", "search_and_replace", "patch", "delete_file", "str_replace", "multi_replace"),
        *("editNotebook", "str_replace_based_edit_tool", "search_replace", "notebook_edit", "rename", "delete"),
    ),
    "shell": (
        *("Bash", "run_shell_command", "terminal", "exec_command", "runCommands", "shell", "execute", "powershell"),
        *("execute_command", "execute_bash", "run_terminal_cmd", "runInTerminal", "runTasks", "runTests", "command"),
        *("BashOutput", "KillBash", "KillShell", "local_shell", "run_command", "run_in_terminal", "runTask", "exec"),
        *("createAndRunTask", "getTerminalOutput", "runNotebooks", "runNotebookCell", "testFailure", "run_tests"),
        *("terminalLastCommand", "terminalSelection", "write_stdin", "sh", "awaitTerminal", "killTerminal"),
        *("run_terminal_command", "runTerminalLastCommand"),
    ),
    "glob": (
        *("Glob", "list_directory", "LS", "list", "list_files", "list_dir", "file_search", "findTestFiles", "find"),
        *("listDirectory", "fileSearch"),
    ),
    "grep": (
        *("Grep", "search_file_content", "grep_search", "code_search", "search", "codebase", "codebase_search"),
        *("search_files", "textSearch", "searchResults", "ripgrep", "semantic_search", "usages", "searchSubagent"),
    ),
    "web": (
        *("WebFetch", "WebSearch", "web_fetch", "fetch", "githubRepo", "web_search", "google_web_search", "web"),
        *("browser", "browser_action", "openSimpleBrowser", "fetch_webpage", "browse", "openBrowser"),
    ),
    "todo": (
        *("TodoWrite", "todo_write", "write_todos", "TodoRead", "todo", "todos", "update_plan", "manage_todo_list"),
        *("update_todo_list", "TaskCreate", "TaskUpdate", "TaskList", "TaskGet", "todolist"),
    ),
    "memory": ("save_memory", "memory", "knowledge", "update_memory"),
    "delegate": (
        *("Task", "Agent", "invoke_agent", "runSubagent", "subagent", "new_task", "spawn_agent", "delegate"),
        *("use_subagent", "call_agent", "custom-agent", "SendMessage", "switch_agent"),
    ),
}
# Known, but of an editor or a conversation: they change nothing that is delivered.
OTHER = (
    *("vscodeAPI", "problems", "changes", "extensions", "think", "thinking", "sequential-thinking", "ExitPlanMode"),
    *("EnterPlanMode", "AskUserQuestion", "ask_followup_question", "attempt_completion", "switch_mode", "Skill"),
    *("SlashCommand", "activate_skill", "question", "lsp", "report_issue", "introspect", "ToolSearch", "askQuestions"),
    *("ide", "getDiagnostics", "modes", "mode", "vscode", "toolAnnotations", "doom_loop", "external_directory"),
    *("plan_enter", "plan_exit", "ask_user", "ListMcpResourcesTool", "ReadMcpResourceTool", "fetch_instructions"),
    *("get_internal_docs", "enter_plan_mode", "exit_plan_mode", "getErrors", "get_errors", "problem", "testing"),
    *("installExtension", "runVscodeCommand", "askQuestion", "PushNotification"),
)
# A group of tools under one name, in the dialects whose words are groups.
GROUPS: dict[str, tuple[str, ...]] = {
    "read": ("read", "glob", "grep"),
    "edit": ("write", "edit"),
    "write": ("write", "edit"),
    "search": ("grep", "glob"),
    "command": ("shell",),
    "execute": ("shell",),
    "browser": ("web",),
}
EVERYTHING = frozenset(("*", "all", "all tools", "inherit", "default", "any", "@builtin"))
NOTHING = frozenset(("none", "no tools", "nothing", "[]", "off", "disabled"))


def squeezed(name: str) -> str:
    """`read_file`, `ReadFile` and `read-file` are one name."""
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")


BY_NAME = {squeezed(alias): canonical for canonical, aliases in CANONICAL.items() for alias in aliases}
OTHERS = frozenset(squeezed(name) for name in OTHER)
