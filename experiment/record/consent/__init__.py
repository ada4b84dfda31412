"""What a participant agreed to: the answers in all sessions, and recordings whose use was refused."""
