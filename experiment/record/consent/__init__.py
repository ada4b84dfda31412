"""What a participant agreed to, and recordings whose use was refused."""
