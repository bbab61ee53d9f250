/*
 * WinSpd's launcher as its clients see it: one message in, one message out, and the pipe is cut at once.
 *
 * fake-launcher NAME [SDDL]: answers until it is told to list, which is its last answer.
 */
#include <windows.h>
#include <sddl.h>
#include <stdio.h>
#include <string.h>

static WCHAR message[2048], answer[2048];

/* Texts with their NULs; the length of both is in characters. */
static DWORD put(DWORD at, const WCHAR *text, DWORD length)
{
    memcpy(answer + at, text, length * sizeof(WCHAR));
    return at + length;
}

int main(int argc, char **argv)
{
    SECURITY_ATTRIBUTES security = {sizeof security, NULL, FALSE};
    if (argc > 2 && !ConvertStringSecurityDescriptorToSecurityDescriptorA(argv[2], SDDL_REVISION_1,
        &security.lpSecurityDescriptor, NULL)) return 3;
    HANDLE pipe = CreateNamedPipeA(argv[1], PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE,
        PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
        1, 4096, 4096, 15000, argc > 2 ? &security : NULL);
    if (pipe == INVALID_HANDLE_VALUE) return 1;
    printf("listening\n");
    fflush(stdout);
    for (WCHAR letter = 0; letter != 'L';) {
        DWORD got = 0, length = 1, moved;
        if (!ConnectNamedPipe(pipe, NULL) && GetLastError() != ERROR_PIPE_CONNECTED) return 2;
        if (ReadFile(pipe, message, sizeof message, &got, NULL) && got >= sizeof(WCHAR)) {
            letter = message[0];
            got = got / sizeof(WCHAR) - 1;
            answer[0] = '$';
            if (letter == 'L') length = put(1, L"img\0C:\\a.img\0", 13);
            else if (letter == 'I') length = put(put(1, message + 1, got), L"node main.js\0", 13);
            else if (letter != 'S') length = put(0, L"!2404\0", 6);
            WriteFile(pipe, answer, length * sizeof(WCHAR), &moved, NULL);
        }
        DisconnectNamedPipe(pipe);
    }
    return 0;
}
