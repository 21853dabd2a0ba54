// What Glibc's Swift overlay hides: descriptor passing, peer credentials, memfd, pidfd, posix_spawn.
#pragma once
